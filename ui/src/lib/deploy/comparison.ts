// How two environments differ, row by row, and what is doubtful of the one a release comes from. Pure.
import type { CompareView, ConditionView, Health } from '../bindings/contract';
import type { Messages } from '../i18n/messages/en';
import { told } from '../plan/change';

export interface Row { kind: 'config' | 'secret' | 'setting'; word: string; key: string; there: string; here: string; absentThere: boolean; absentHere: boolean }

/** Secrets are named and never shown, not by a fingerprint either: each environment has values of its own. */
export function rows(view: CompareView, m: Messages): Row[] {
  const changed = (kind: 'config' | 'setting', word: string) => (kind === 'config' ? view.config : view.settings).map((change): Row => {
    const { key, before, after } = told(change, m, m.absent);
    return { kind, word, key, there: before, here: after, absentThere: change.before === null, absentHere: change.after === null };
  });
  const secret = (there: boolean) => (key: string): Row => ({ kind: 'secret', word: m.compare_secret, key, there: there ? m.compare_there : m.absent, here: there ? m.absent : m.compare_there, absentThere: !there, absentHere: there });
  return [...changed('config', m.compare_config), ...view.onlyFrom.map(secret(true)), ...view.onlyTo.map(secret(false)), ...changed('setting', m.compare_setting)];
}

/** Why what runs there is not quite what was deployed there. */
export function doubts(condition: ConditionView | null, { m, colon, said }: { m: Messages; colon: (word: string, why: string) => string; said: (text: string) => string }): { health: string | null; drift: string[] } {
  if (!condition) return { health: null, drift: [] };
  const { health } = condition;
  const words: Record<Health['kind'], string | null> = { healthy: null, absent: null, unhealthy: m.health_unhealthy, idle: m.health_idle, noData: m.health_nodata };
  const word = words[health.kind];
  return { health: word && 'why' in health && health.why ? colon(word, said(health.why)) : word, drift: condition.drift.map(said) };
}
