// The window by keys alone, as a browser sends them.
import { flushSync } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { router } from '../src/lib/shell/router.svelte';
import { stops } from '../src/lib/ui/tab';
import { session } from '../src/lib/shell/session.svelte';
import { close, find, open, settle } from './app';

/** Whether nobody took it. */
const press = (key: string, shiftKey = false) => {
  const left = (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true, cancelable: true }));
  flushSync();
  return left;
};
const at = () => (document.activeElement as HTMLElement | null)?.dataset.testid;
afterEach(close);

test('releases are walked by arrows, and Enter deploys one or clears its quarantine', async () => {
  await open('#/releases');
  find('service-payments')?.click();
  await settle();
  (document.activeElement as HTMLElement).blur();
  expect(press('ArrowDown')).toBe(false);
  const second = at();
  expect(second).toMatch(/^release-/);
  press('ArrowUp');
  expect(at()).not.toBe(second);
  find('release-3.2.0')?.focus();
  press('Enter');
  expect(find('reason-dialog')).not.toBeNull();
  press('Escape');
  find('reason-cancel')?.click();
  await settle();
  expect(at()).toBe('release-3.2.0');
  press('ArrowDown');
  const version = at()?.slice('release-'.length);
  press('Enter');
  expect(session.overlay).toMatchObject({ kind: 'deploy', target: 'payments/staging', version });
});

test('G and the letter of the screen that is there goes to its list', async () => {
  await open('#/releases');
  find('service-checkout')?.focus();
  press('g');
  press('r');
  expect(at()).toMatch(/^release-/);
});

test('a reason and Enter act, and Tab comes to the act before it comes to Cancel, and goes round', async () => {
  await open('#/releases');
  find('service-payments')?.click();
  await settle();
  find('clear-3.2.0')?.click();
  await settle();
  const reason = find('reason') as HTMLInputElement;
  expect(document.activeElement).toBe(reason);
  reason.form?.requestSubmit();
  await settle();
  const submit = find('reason-confirm') as HTMLButtonElement;
  expect(submit.disabled).toBe(true);
  reason.value = 'counted again';
  reason.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  expect(submit.compareDocumentPosition(find('reason-cancel') as HTMLElement) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  find('reason-cancel')?.focus();
  expect(press('Tab')).toBe(false);
  const first = document.activeElement;
  expect(first?.closest('dialog')).not.toBeNull();
  expect(press('Tab', true)).toBe(false);
  expect(at()).toBe('reason-cancel');
  press('Tab');
  // As WebKitGTK sends it.
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Unidentified', code: 'Tab', shiftKey: true, bubbles: true, cancelable: true }));
  expect(at()).toBe('reason-cancel');
  reason.form?.requestSubmit(submit);
  await settle();
  expect([find('reason-dialog'), find('clear-3.2.0')]).toEqual([null, null]);
});

test('Tab past the last place of a screen is at its first again', async () => {
  await open('#/releases');
  stops(document.body).at(-1)?.focus();
  expect(document.activeElement?.closest('[data-testid=releases]')).not.toBeNull();
  expect(press('Tab')).toBe(false);
  expect(document.activeElement).toBe(find('rail-board'));
});

test('letters meant for a field that went away do nothing, and do again once somebody goes elsewhere', async () => {
  await open('#/board');
  const field = document.createElement('input');
  document.body.append(field);
  field.focus();
  press('d');
  field.remove();
  find('cell-checkout-staging')?.focus();
  for (const key of ['d', ' ', 'Enter']) press(key);
  expect([session.overlay, router.route.name]).toEqual([null, 'board']);
  press('d');
  expect(session.overlay).toMatchObject({ kind: 'deploy' });
  await settle();
  press('g');
  press('a');
  expect(router.route.name).toBe('board');
});

test('the palette goes to the migrations too', async () => {
  await open('#/board');
  session.overlay = { kind: 'palette' };
  await settle();
  const field = find('palette-input') as HTMLInputElement;
  field.focus();
  field.value = 'migrations';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
  press('Enter');
  await settle();
  expect(router.route.name).toBe('migrations');
});

test('L shows what a target prints, from the board and from its history, and Escape goes back', async () => {
  await open('#/board');
  document.querySelector<HTMLElement>('[data-at="0-1"]')?.focus();
  press('l');
  await settle();
  expect(find('logs-dialog')?.textContent).toContain('listening on :8080');
  find('logs-again')?.click();
  await settle();
  expect(session.overlay).toMatchObject({ kind: 'logs', target: 'checkout/production' });
  session.overlay = null;
  await settle();
  router.go('#/history/checkout/production');
  await settle();
  find('show-logs')?.click();
  await settle();
  expect(find('logs-dialog')?.querySelector('h3')?.textContent).toMatch(/^sb-checkout-production-r/);
});

const fill = (id: string, text: string) => {
  const field = find(id) as HTMLInputElement;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  return field;
};

test('after unlocking the keys are where there is something to do, although what opened it is gone', async () => {
  session.lock('production');
  await open('#/history/checkout/production/r386');
  await settle();
  find('unlock-here')?.focus();
  find('unlock-here')?.click();
  await settle();
  const field = [...document.querySelectorAll<HTMLInputElement>('dialog [data-testid=confirm-name]')][0];
  if (!field) throw new Error('nothing asks for the name');
  expect(document.activeElement).toBe(field);
  field.value = 'production';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  field.form?.requestSubmit();
  await settle();
  expect([find('unlock-here'), at()]).toEqual([null, 'reason']);
  session.lock('production');
  router.go('#/board');
  await settle();
  find('unlock-button')?.focus();
  find('unlock-button')?.click();
  await settle();
  fill('confirm-name', 'production').form?.requestSubmit();
  await settle();
  expect(at()).toBe('lock-button');
  session.lock('production');
});

test('closed without unlocking, the keys are at the button again', async () => {
  session.lock('production');
  await open('#/history/checkout/production/r386');
  await settle();
  find('unlock-here')?.focus();
  find('unlock-here')?.click();
  await settle();
  document.querySelector('dialog')?.dispatchEvent(new Event('cancel', { cancelable: true }));
  await settle();
  expect(at()).toBe('unlock-here');
});

test('Down and Enter go from the search of the audit to the newest that it found', async () => {
  await open('#/audit');
  await settle(250);
  for (const key of ['ArrowDown', 'Enter']) {
    const field = fill('audit-search', 'checkout');
    field.focus();
    expect(press(key)).toBe(false);
    await settle(250);
    expect(at()).toBe('audit-table');
    const chosen = document.querySelector<HTMLElement>('tr.sel');
    expect(chosen?.textContent).toContain('checkout');
    expect(chosen).toBe(document.querySelector('[data-testid^=audit-row-]'));
    find('audit-drawer')?.querySelector('button')?.click();
    await settle();
    expect([find('audit-drawer'), at()]).toEqual([null, 'audit-table']);
  }
});
