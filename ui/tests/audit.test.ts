// A chain that somebody broke: said where it is seen first, with what is wrong and the way to the entry.
import { flushSync } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { chain } from '../src/lib/audit/chain.svelte';
import type { AuditEntry } from '../src/lib/bindings/contract';
import type { Host } from '../src/lib/host';
import { browserHost } from '../src/lib/host/browser';
import { lang } from '../src/lib/i18n/lang.svelte';
import { router } from '../src/lib/shell/router.svelte';
import { close, find, open, settle } from './app';

/** Waits for what comes of an answer. */
const until = async (seen: () => unknown) => {
  for (let turn = 0; turn < 250 && !seen(); turn++) await settle(20);
};
const asked: { cursor: string | null; everyStep: boolean }[] = [];

/** Sample data whose chain is broken at an entry, which is gone when it is said to be. */
function broken(seq: number, why: string, gone = false): Host {
  const sound = browserHost({ pace: 0 });
  const call = async (command: string, request: never): Promise<unknown> => {
    if (command === 'audit_verify') return { kind: 'broken', seq, why };
    const answer = await sound.call(command as 'audit', request);
    if (command !== 'audit') return answer;
    asked.push(request);
    return gone ? { ...answer, entries: answer.entries.filter((entry: AuditEntry) => entry.seq !== seq) } : answer;
  };
  return { kind: 'browser', subscribe: sound.subscribe.bind(sound), call: call as Host['call'] };
}
const newest = async () => (await browserHost().call('audit', { search: '', who: null, action: null, environment: null, since: null, until: null, cursor: null, everyStep: false })).entries[0]?.seq ?? 0;
afterEach(async () => {
  await close();
  chain.verdict = null;
  asked.length = 0;
  lang.choose('en');
});

test('the board says that the chain is broken, what is wrong there, and leads to the entry, which is marked', async () => {
  const seq = (await newest()) - 20;
  lang.choose('zh');
  await open('#/board', broken(seq, 'its content is not what was written'));
  await until(() => find('to-broken'));
  expect(find('chain-broken')?.textContent).toContain('它的内容与写入时不同');
  router.go(find('to-broken')?.getAttribute('href') ?? '');
  await until(() => find(`audit-row-${seq}`)?.className.includes('broken') && find('entry-broken'));
  expect(asked.at(-1)).toMatchObject({ everyStep: true });
  expect(find(`audit-row-${seq}`)?.className).toContain('broken');
  expect(find(`audit-row-${seq - 1}`)?.className).not.toContain('broken');
  expect(find('entry-broken')?.textContent).toBe('它的内容与写入时不同');
  find(`audit-row-${seq + 1}`)?.click();
  flushSync();
  expect(find('audit-drawer')?.textContent).toContain('未判断');
});

test('an entry that is missing has a row of its own where it was', async () => {
  const seq = (await newest()) - 20;
  await open(`#/audit//${seq}`, broken(seq, 'the entry is missing', true));
  await until(() => find('audit-missing'));
  const rows = [...document.querySelectorAll<HTMLElement>('[data-testid^=audit-row-], [data-testid=audit-missing]')].map((row) => row.dataset.testid);
  expect(rows.slice(rows.indexOf('audit-missing') - 1, rows.indexOf('audit-missing') + 2)).toEqual([`audit-row-${seq + 1}`, 'audit-missing', `audit-row-${seq - 1}`]);
});

test('counts say that steps are left out, and all of them come when asked for; nobody is missed a reason where none belongs', async () => {
  const sound = browserHost({ pace: 0 });
  const steps = async (command: string, request: never): Promise<unknown> => {
    const answer = await sound.call(command as 'audit', request);
    if (command !== 'audit') return answer;
    asked.push(request);
    const all = (request as { everyStep: boolean }).everyStep;
    return { ...answer, total: 680, matching: all ? 680 : 177, entries: answer.entries.map((entry: AuditEntry, i: number) => (i === 0 ? { ...entry, why: '' } : entry)) };
  };
  await open('#/audit', { kind: 'browser', subscribe: sound.subscribe.bind(sound), call: steps as Host['call'] });
  await until(() => document.querySelector('[data-testid^=audit-row-]'));
  expect(find('audit-counts')?.textContent).toBe('177 of 680 entries: what was done, without each step of it');
  document.querySelector<HTMLElement>('[data-testid^=audit-row-]')?.click();
  flushSync();
  expect(find('audit-drawer')?.textContent).toContain('—');
  find('every-step')?.click();
  await until(() => find('audit-counts')?.textContent === '680 entries');
  expect(asked.at(-1)?.everyStep).toBe(true);
  expect(find('audit-counts')?.textContent).toBe('680 entries');
});
