// An act's icon, tone and reason. Unknown acts are neutral: the word says what they are.
import type { AuditEntry } from '../bindings/contract';
import type { IconName } from '../icons/paths';
import type { Tone } from '../ui/tone';

const looks: [RegExp, Tone, IconName][] = [
  [/override/, 'bad', 'glass'], [/quarantine.cleared|released/, 'ok', 'play'], [/quarantin/, 'bad', 'quar'], [/stuck/, 'bad', 'warn'], [/failed/, 'bad', 'bad'],
  // What runs from then on, while its deployment still tidies up: only the end is green.
  [/\.arrived$/, 'run', 'pin'],
  [/train\.(rolled-back|car-undone)/, 'warn', 'back'], [/car-turned|undo-asked/, 'run', 'back'], [/deployment_rolled_back|deploy\.rolled-back/, 'bad', 'back'], [/rollback.started/, 'run', 'back'], [/rolled_back|rollback\.succeeded/, 'ok', 'back'], [/abort/, 'warn', 'x'], [/paused/, 'warn', 'pause'], [/drift/, 'warn', 'drift'],
  [/succeeded|deployed/, 'ok', 'ok'], [/started/, 'run', 'play'], [/secret/, 'none', 'key'], [/policy|applied|apply/, 'none', 'sliders'], [/release/, 'none', 'box'],
];

export function lookOf(action: string): { tone: Tone; icon: IconName } {
  const found = looks.find(([pattern]) => pattern.test(action));
  return found ? { tone: found[1], icon: found[2] } : { tone: 'none', icon: 'audit' };
}

/** Acts whose reason Switchback wrote itself, in English; all others are a person's own words. */
const OWN = /\.(failed|rolled-back|stuck|step-done|undo-done|tidy-failed|probed|resumed|removed|followed|given-up|taken-over)$|^policy\.applied$/;

/** What was never begun counts as aborted, and nobody aborted it. */
const byItself = ({ action, after }: AuditEntry) => action.endsWith('.aborted') && typeof after === 'object' && after !== null && 'event' in after && after.event === 'rolledBack';

export const whyOf = (entry: AuditEntry, say: { said: (text: string) => string; reason: (text: string) => string }): string =>
  OWN.test(entry.action) || byItself(entry) ? say.said(entry.why) : say.reason(entry.why);
