import { beforeEach, expect, test, vi } from 'vitest';
import type { AcceptanceView, FindingView } from '../bindings/contract';
import { useHost } from '../host';
import { browserHost } from '../host/browser';
import { Accepting } from './accepting.svelte';

const finding: FindingView = { rule: 'missing_down', path: '53_drop_note_old.up.sql', line: 1, place: 'pair', severity: 'error', why: '', rewrite: '' };
const asked: { sure: string | null }[] = [];

beforeEach(() => {
  asked.length = 0;
  const host = browserHost({ pace: 0 });
  const call = host.call.bind(host);
  vi.spyOn(host, 'call').mockImplementation(((command: never, request: { asked?: { sure: string | null } }) => {
    if (request.asked) asked.push(request.asked);
    return call(command, request as never);
  }) as never);
  useHost(host);
});

test('a finding is accepted with a reason, for three months when nobody says otherwise', () => {
  const accepting = new Accepting('checkout/production', finding, new Date(2026, 11, 5));
  expect(accepting.until).toBe('2027-03-05');
  expect(accepting.ready).toBe(false);
  accepting.reason = '  ';
  expect(accepting.ready).toBe(false);
  accepting.reason = 'nobody reads it';
  expect(accepting.ready).toBe(true);
});

test('what is written is what was looked at, and a change after the look is looked at again', async () => {
  const accepting = new Accepting('checkout/production', finding);
  accepting.reason = 'nobody reads it';
  expect(await accepting.go()).toBe(false);
  expect(accepting.shown?.comment).toContain('accept missing_down until');
  accepting.reason = 'nobody reads it since 2.14';
  expect(accepting.shown).toBeNull();
  expect(await accepting.go()).toBe(false);
  expect(await accepting.go()).toBe(true);
  expect(asked.map((one) => one.sure !== null)).toEqual([false, false, true]);
  const shown = accepting.shown as AcceptanceView;
  expect(asked[2]?.sure).toBe(shown.hash);
});
