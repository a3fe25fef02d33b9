import { expect, test } from 'vitest';
import { en } from '../i18n/messages/en';
import { zh } from '../i18n/messages/zh';
import { told } from './change';

test('the pod template of an imported revision is told in words', () => {
  const change = { key: 'pod template', before: null, after: 'checkout-6d5f9c' };
  expect(told(change, en, en.absent)).toEqual({ key: 'pod template', before: 'the workload’s own', after: 'as imported from checkout-6d5f9c' });
  expect(told(change, zh, zh.absent).after).toBe('如从 checkout-6d5f9c 导入时');
  expect(told({ key: 'MODE', before: null, after: 'fast' }, en, en.absent)).toEqual({ key: 'MODE', before: 'absent', after: 'fast' });
});
