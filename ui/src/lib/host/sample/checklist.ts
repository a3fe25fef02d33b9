// A sample checklist: a few items that evaluate themselves, and a few that people tick.
import type { ChecklistLine, ChecklistView, Phase } from '../../bindings/contract';

export type Ticks = Map<string, { ticked: boolean; note: string; by: string; at: string; seen: number }>;

const items: [Phase, string, string | null, string, boolean][] = [
  ['before', 'tests', 'ci-green', '1 204 tests, commit b83d204', true], ['before', 'config', 'config-complete', '26 keys, no rule broken', true], ['before', 'way-back', 'rollback-ready', 'r47 comes back whole', true],
  ['before', 'support', null, 'Support informed', true], ['before', 'on-call', null, 'On-call named for the weekend', true], ['before', 'documents', null, 'Documents are up to date', false],
  ['during', 'errors', null, 'Watch errors with the on-call', true], ['after', 'observed', 'observed', 'starts when it serves', true], ['after', 'announce', null, 'Announce to the shop team', true],
];

export function checklistOf(target: string, version: string, ticks: Ticks): ChecklistView {
  const lines = items.map(([phase, id, auto, text, required]): ChecklistLine => {
    const tick = ticks.get(`${target} ${version} ${id}`);
    const base = { id, phase, text: auto ? id : text, auto, required, by: tick?.by ?? null, at: tick?.at ?? null, seen: tick?.seen ?? 0 };
    if (auto) return { ...base, verdict: phase === 'before' ? 'pass' : 'noData', evidence: text };
    return tick?.ticked ? { ...base, verdict: 'pass', evidence: `ticked by ${tick.by}${tick.note ? `: ${tick.note}` : ''}` } : phase !== 'before' ? { ...base, verdict: 'noData', evidence: 'not yet' } : { ...base, verdict: 'fail', evidence: tick ? `taken back by ${tick.by}: ${tick.note}` : 'open' };
  });
  return { target, version, template: 'production', templateVersion: 'a3f09b51', open: lines.every((line) => line.phase !== 'before' || !line.required || line.verdict === 'pass'), lines };
}
