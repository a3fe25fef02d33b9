import { expect, test } from 'vitest';
import type { CompareView } from '../bindings/contract';
import { en } from '../i18n/messages/en';
import { doubts, rows } from './comparison';

const side = (target: string) => ({ target, revision: null, version: '2', condition: null });
const view: CompareView = {
  from: side('web/staging'), to: side('web/production'), image: { before: 'web@1', after: 'web@1' }, sameArtifact: true,
  config: [{ key: 'MODE', before: 'slow', after: 'fast' }, { key: 'PREVIEW', before: 'on', after: null }], onlyFrom: ['DEBUG_KEY'], onlyTo: ['STRIPE_KEY'],
  settings: [{ key: 'replicas', before: '1', after: '4' }],
};

test('what is in one place alone is absent in the other, and a secret is a name', () => {
  const all = rows(view, en).map((row) => [row.kind, row.key, row.there, row.here].join(' '));
  expect(all).toEqual(['config MODE slow fast', 'config PREVIEW on absent', 'secret DEBUG_KEY there absent', 'secret STRIPE_KEY absent there', 'setting replicas 1 4']);
  expect(rows(view, en).filter((row) => row.absentHere).map((row) => row.key)).toEqual(['PREVIEW', 'DEBUG_KEY']);
});
test('what is unwell or was changed by hand is doubtful, what would be deployed is not asked', () => {
  const lang = { m: en, colon: (word: string, why: string) => `${word}: ${why}`, said: (text: string) => text };
  expect(doubts({ health: { kind: 'healthy' }, drift: [] }, lang)).toEqual({ health: null, drift: [] });
  expect(doubts({ health: { kind: 'noData', why: 'away' }, drift: ['replicas: 4 instead of 2'] }, lang)).toEqual({ health: 'No data: away', drift: ['replicas: 4 instead of 2'] });
  expect(doubts(null, lang)).toEqual({ health: null, drift: [] });
});
