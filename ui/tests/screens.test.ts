import axe from 'axe-core';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, test } from 'vitest';
import { host } from '../src/lib/host';
import { browserHost } from '../src/lib/host/browser';
import { time } from '../src/lib/i18n/format';
import { lang } from '../src/lib/i18n/lang.svelte';
import { router } from '../src/lib/shell/router.svelte';
import { session } from '../src/lib/shell/session.svelte';
import { close, find, open, settle } from './app';

afterEach(async () => {
  await close();
  lang.choose('en');
});

async function check(): Promise<void> {
  // Colours need a real browser; they are checked by eye against the tokens.
  const result = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
  expect(result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)).toEqual([]);
}

describe.each(['en', 'zh'] as const)('in %s', (language) => {
  test.each([
    ['#/board', 'board'], ['#/history/checkout/production', 'history'], ['#/deployment/checkout-production-3', 'deployment'],
    ['#/releases', 'releases'], ['#/audit', 'audit-table'], ['#/calendar/production', 'calendar'], ['#/checklist/checkout/production/2.15.0', 'checklist'], ['#/settings', 'settings'],
  ])('%s is shown and has no accessibility violation', async (hash, id) => {
    lang.choose(language);
    await open(hash);
    expect(find(id)).not.toBeNull();
    expect(document.documentElement.lang).toBe(language === 'zh' ? 'zh-CN' : 'en');
    await check();
  });
});

test('an empty board teaches, and the demo fills it', async () => {
  await open('#/board', browserHost({ pace: 0, empty: true }));
  expect(find('empty-board')).not.toBeNull();
  find('load-demo')?.click();
  await settle();
  expect(find('board')).not.toBeNull();
});

test('the name and Enter unlock, and Enter alone does not', async () => {
  session.lock('production');
  await open('#/board');
  session.overlay = { kind: 'unlock', environment: 'production' };
  await settle();
  const field = find('confirm-name') as HTMLInputElement;
  const enter = () => field.form?.requestSubmit();
  enter();
  await settle();
  expect(session.isUnlocked('production')).toBe(false);
  field.value = 'production';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
  enter();
  await settle();
  expect([session.isUnlocked('production'), find('unlock-dialog')]).toEqual([true, null]);
  session.lock('production');
});

test('production stays read-only until its name is typed', async () => {
  session.lock('production');
  await open('#/history/checkout/production');
  find('revision-row-386')?.click();
  await settle();
  const button = find('rollback-button') as HTMLButtonElement;
  expect(button.disabled).toBe(true);
  const type = (id: string, text: string) => {
    const field = find(id) as HTMLInputElement;
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  type('reason', 'bad search');
  type('confirm-name', 'production');
  await settle();
  expect(button.disabled).toBe(true);
  session.unlock('production');
  await settle();
  expect(button.disabled).toBe(false);
  button.click();
  await settle(200);
  expect(location.hash).toContain('#/deployment/');
  session.lock('production');
});

test('the palette opens by its key and the plan dialog has no accessibility violation', async () => {
  await open('#/board');
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
  await settle();
  expect(find('palette')).not.toBeNull();
  await check();
  session.overlay = { kind: 'deploy', target: 'checkout/staging' };
  await settle();
  expect(find('start-button')).not.toBeNull();
  await check();
});

const type = (id: string, text: string) => {
  const field = find(id) as HTMLInputElement;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
};

test('a gate that holds is passed with a reason of its own, and not otherwise', async () => {
  await open('#/board');
  session.overlay = { kind: 'deploy', target: 'payments/staging', version: '3.2.0' };
  await settle(150);
  expect(find('gate-bar')?.dataset.held).toBe('true');
  expect(find('gate-quarantine')?.dataset.verdict).toBe('fail');
  type('reason', 'refunds are needed today');
  const start = find('start-button') as HTMLButtonElement;
  expect(start.disabled).toBe(true);
  find('break-glass')?.click();
  flushSync();
  expect(start.disabled).toBe(true);
  type('glass-reason', 'counted by hand until Monday');
  expect(start.disabled).toBe(false);
  await check();
});

test('a train with a held car is sent with a reason of its own, and not otherwise', async () => {
  await open('#/board');
  session.overlay = { kind: 'train', environment: 'staging' };
  await settle();
  for (const service of ['checkout', 'payments']) {
    find(`add-${service}`)?.click();
    await settle();
    if (service === 'checkout') expect(find('break-glass')).toBeNull();
  }
  const version = find('version-payments') as HTMLSelectElement;
  version.value = '3.2.0';
  version.dispatchEvent(new Event('change', { bubbles: true }));
  await settle(150);
  expect(find('car-plan-payments-staging')?.dataset.held).toBe('true');
  type('reason', 'refunds are needed today');
  const start = find('start-train') as HTMLButtonElement;
  find('break-glass')?.click();
  flushSync();
  expect(start.disabled).toBe(true);
  type('glass-reason', 'counted by hand until Monday');
  expect(start.disabled).toBe(false);
  await check();
  start.click();
  await settle(150);
  expect(location.hash).toContain('#/train/');
});

test('items are ticked by keys, taken back with a reason, and those that see for themselves are not', async () => {
  await open('#/checklist/checkout/staging/2.15.0');
  await settle();
  const item = (id: string) => find(`item-${id}`) as HTMLButtonElement;
  item('way-back').focus();
  item('way-back').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
  expect(document.activeElement).toBe(item('support'));
  item('support').click();
  await settle();
  expect(item('support').dataset.verdict).toBe('pass');
  item('support').click();
  await settle();
  type('reason', 'wrong room');
  find('reason-confirm')?.click();
  await settle();
  expect(item('support').dataset.verdict).toBe('fail');
  item('tests').click();
  await settle();
  expect(find('error')).toBeNull();
});

test.each(['en', 'zh'] as const)('a finding is accepted by keys alone once its line was looked at, in %s', async (language) => {
  lang.choose(language);
  await open('#/migrations/checkout/production');
  find('accept-missing_down')?.click();
  await settle();
  const reason = find('accept-reason') as HTMLInputElement;
  expect(document.activeElement).toBe(reason);
  const enter = async () => {
    reason.form?.requestSubmit();
    await settle();
  };
  reason.value = 'nobody reads it';
  reason.dispatchEvent(new Event('input', { bubbles: true }));
  await enter();
  expect(find('accept-shown')?.textContent).toContain('+ -- switchback:accept missing_down until');
  await check();
  await enter();
  expect(find('accept')).toBeNull();
});

test.each(['en', 'zh'] as const)('a service without migrations is taught about them, and nothing failed, in %s', async (language) => {
  lang.choose(language);
  await open('#/migrations/web/production');
  expect(find('no-migrations')?.textContent).toContain('web:');
  expect([find('error'), find('prove')]).toEqual([null, null]);
  await check();
});

test('times of an environment are by its clocks, and say so', async () => {
  await open('#/history/checkout/production');
  expect([find('zone')?.textContent, document.querySelector('.heads > span')?.textContent]).toEqual(['Berlin time', 'Berlin time']);
  const entry = (await host().call('history', { target: 'checkout/production', cursor: null, limit: 1 })).entries[0];
  expect(find(`revision-row-${entry?.revision}`)?.textContent).toContain(time('en', entry?.at ?? '', 'Europe/Berlin'));
  router.go('#/audit');
  await settle(200);
  document.querySelector<HTMLElement>('[data-testid^=audit-row-]')?.click();
  flushSync();
  expect(find('entry-at')?.textContent).toMatch(/\(Berlin time\)$/);
});

test('a release that is older than what runs says that it goes backwards, a newer one does not', async () => {
  await open('#/board');
  session.overlay = { kind: 'deploy', target: 'checkout/production', version: '2.13.0' };
  await settle(150);
  expect(find('goes-back')?.textContent).toContain('2.13.0');
  await check();
  session.overlay = null;
  await settle();
  session.overlay = { kind: 'deploy', target: 'checkout/production', version: '2.15.0' };
  await settle(150);
  expect([find('goes-back'), find('start-button')?.tagName]).toEqual([null, 'BUTTON']);
});

test('what is promoted is compared with where it comes from, and what is not quite proven there is said', async () => {
  await open('#/board');
  session.overlay = { kind: 'deploy', target: 'checkout/production', version: '2.15.0' };
  await settle(150);
  expect(find('comparison')?.textContent).toContain('Compared with staging, where 2.15.0 runs');
  expect(find('comparison-DATABASE_HOST')?.textContent).toMatch(/db\.staging\.internal.*db\.production\.internal/);
  expect([find('comparison-drift'), find('comparison-health')]).toEqual([null, null]);
  await check();
  session.overlay = null;
  await settle();
  session.overlay = { kind: 'deploy', target: 'web/production', version: '7.41.0' };
  await settle(150);
  expect(find('comparison-health')?.textContent).toContain('1 of 3 up');
  await check();
  session.overlay = null;
  await settle();
  session.overlay = { kind: 'deploy', target: 'checkout/production', version: '2.13.0' };
  await settle(150);
  expect(find('comparison')).toBeNull();
});

test('what was changed by hand is said to be put back, not that nothing changes', async () => {
  await open('#/board');
  session.overlay = { kind: 'drift', target: 'catalog/production' };
  await settle(150);
  expect(find('difference-replicas')?.textContent).toMatch(/4.*6/);
  find('drift-revert')?.click();
  await settle(150);
  expect(find('puts-back')?.textContent).toContain('those of r39 again');
  expect(find('drift-dialog')?.textContent).not.toContain('Nothing changes');
  await check();
  find('drift-adopt')?.click();
  await settle(150);
  expect(find('puts-back')).toBeNull();
});

test('a failed revision is told by its kind of failure and by what was said of it', async () => {
  await open('#/history/checkout/production');
  await settle();
  const failed = (await host().call('history', { target: 'checkout/production', cursor: null, limit: 50 })).entries.find((one) => one.outcome.kind === 'rolledBack');
  find(`revision-row-${failed?.revision}`)?.click();
  await settle();
  expect(find('failed-kind')?.textContent).toBe('It exited.');
  expect(find('failed-why')?.textContent).toBe(failed && 'why' in failed.outcome ? failed.outcome.why : '');
  expect(find('rollback-button')).toBeNull();
});

test('while a rollback goes its page and the board call it one, and it says what an abort would undo', async () => {
  session.unlock('production');
  await open('#/history/checkout/production/r386', browserHost({ pace: 0.2 }));
  await settle();
  type('reason', 'bad search');
  type('confirm-name', 'production');
  find('rollback-button')?.click();
  for (let turn = 0; turn < 200 && !/Remove new|Start old|Stop new/.test(find('if-aborted')?.textContent ?? ''); turn++) await settle(10);
  expect(find('deployment-state')?.textContent).toContain('Rolling back to r386');
  expect(find('if-aborted')?.textContent).toMatch(/Remove new/);
  expect(find('remaining')?.textContent).toMatch(/remaining, about|is usual/);
  expect(document.activeElement?.getAttribute('data-region')).toBe('list');
  router.go('#/board');
  await settle();
  expect(find('cell-checkout-production')?.textContent).toContain('Rolling back to r386');
  expect(document.activeElement?.getAttribute('role'), 'the next screen has the keys').toBe('gridcell');
  session.lock('production');
});
