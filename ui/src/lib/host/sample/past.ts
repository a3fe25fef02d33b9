// The view of a deployment that is long over, made from its line in the history.
import type { DeploymentView, HistoryEntry } from '../../bindings/contract';
import { fold, planned } from './fold';
import { planRollback } from './plans';
import { script } from './simulate';
import type { World } from './world';

export function failedView(world: World, id: string): DeploymentView | null {
  for (const place of world.places) {
    const entry: HistoryEntry | undefined = place.history.find((e) => e.deployment === id);
    if (!entry) continue;
    const failed = entry.outcome.kind === 'rolledBack';
    const plan = { ...planRollback(world, place.target, entry.revision), kind: entry.kind, fromVersion: place.history.find((e) => e.revision === entry.from)?.version ?? null };
    let view = planned(plan, id, entry.by, entry.at);
    for (const beat of script(failed ? { ...plan, kind: 'deploy', toVersion: '2.15.1' } : { ...plan, kind: 'rollback' })) view = fold(view, beat.event);
    return { ...view, toVersion: entry.version, endedAt: new Date(Date.parse(entry.at) + (entry.tookMs ?? 0)).toISOString() };
  }
  return null;
}
