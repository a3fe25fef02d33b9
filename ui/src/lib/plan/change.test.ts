import { expect, test } from 'vitest';
import { en } from '../i18n/messages/en';
import { zh } from '../i18n/messages/zh';
import { changesNothing, told } from './change';

test('the pod template of an imported revision is told in words', () => {
  const change = { key: 'pod template', before: null, after: 'checkout-6d5f9c' };
  expect(told(change, en, en.absent)).toEqual({ key: 'pod template', before: 'the workload’s own', after: 'as imported from checkout-6d5f9c' });
  expect(told(change, zh, zh.absent).after).toBe('如从 checkout-6d5f9c 导入时');
  expect(told({ key: 'MODE', before: null, after: 'fast' }, en, en.absent)).toEqual({ key: 'MODE', before: 'absent', after: 'fast' });
});

test('a plan changes nothing only where artifact, configuration and schema all stay', () => {
  const same = { image: { before: 'web@1', after: 'web@1' }, config: [], secrets: [], settings: [], steps: [{ number: 1, action: 'start', detail: '', undo: 'stop' }] };
  expect(changesNothing(same)).toBe(true);
  expect(changesNothing({ ...same, image: { before: 'web@2', after: 'web@1' } })).toBe(false);
  expect(changesNothing({ ...same, secrets: [{ key: 'token', before: 'a', after: 'b' }] })).toBe(false);
  expect(changesNothing({ ...same, steps: [{ number: 1, action: 'migrate', detail: 'down 2', undo: 'migrate' }] })).toBe(false);
});
