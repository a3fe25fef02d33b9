// What lies ahead of a deployment that is under way: how long it may still take, by those before it, and what an abort would
// undo now. Pure: it says nothing that neither its own view nor the target's history has.
import type { DeploymentView, HistoryEntry, StepView } from '../bindings/contract';

/** So many runs before it are gone by, as a plan's estimate goes by them. */
const RUNS = 11;

/** The middle of the last runs of this kind that came through (ms); none without any. */
export function usual(entries: readonly HistoryEntry[], kind: DeploymentView['kind']): number | null {
  const runs = entries.filter((one) => one.kind === kind && one.outcome.kind === 'succeeded' && one.tookMs !== null).slice(0, RUNS).map((one) => one.tookMs ?? 0).sort((a, b) => a - b);
  return runs[Math.floor(runs.length / 2)] ?? null;
}

/** How long the ways back of the past took, from the failure until the old one served (ms). */
export function undos(entries: readonly HistoryEntry[]): { shortest: number; longest: number } | null {
  const took = entries.flatMap((one) => (one.outcome.kind === 'rolledBack' && one.outcome.undoMs !== null ? [one.outcome.undoMs] : []));
  return took.length ? { shortest: Math.min(...took), longest: Math.max(...took) } : null;
}

/** The word of what takes a step back; what has none changes nothing that would have to be taken back. */
function inverse(step: StepView, view: DeploymentView): string | null {
  switch (step.action) {
    case 'create': return 'remove_new';
    // A workload of a cluster is led back to what it was.
    case 'start': return view.runtime === 'kubernetes' && view.fromVersion !== null ? 'start_old' : 'stop_new';
    case 'stop': return 'start_old';
    case 'switch': return view.fromVersion === null ? null : 'switch';
    case 'migrate': return 'migrate';
    case 'raise_surge': return 'restore_surge';
    default: return null;
  }
}

export type IfAborted =
  /** The steps' inverses in the order they would be done, each with how often. */
  | { kind: 'undoes'; acts: { action: string; times: number; details: string[] }[] }
  /** It has gone over: what is left only tidies up, and an abort changes nothing any more. */
  | { kind: 'finishes' }
  /** It is being undone as it is, or over. */
  | { kind: 'none' };

/** What an abort would do to it as it stands now. */
export function ifAborted(view: DeploymentView): IfAborted {
  if (!['planned', 'running', 'verifying'].includes(view.state.kind)) return { kind: 'none' };
  const forwards = view.steps.filter((step) => !step.undo);
  const begun = forwards.filter((step) => step.status === 'done' || step.status === 'running');
  // These stand behind the point of no return in every plan.
  const tidying = view.kind === 'withdraw' ? ['remove'] : ['settle', 'restore_surge'];
  if (begun.some((step) => tidying.includes(step.action))) return { kind: 'finishes' };
  const acts: { action: string; times: number; details: string[] }[] = [];
  for (const step of begun.toReversed()) {
    const action = inverse(step, view);
    if (action === null) continue;
    const before = acts.find((one) => one.action === action);
    if (before) {
      before.times += 1;
      before.details.push(step.detail);
    } else acts.push({ action, times: 1, details: [step.detail] });
  }
  return { kind: 'undoes', acts };
}
