import { expect, test } from 'vitest';
import type { StepView } from '../bindings/contract';
import { acts } from './outlook';

const step = (number: number, action: string): StepView => ({ number, action, undo: true, detail: `sb-${number}`, status: 'waiting', tookMs: null, result: null });

test('the same act on several instances is one, in the order of the first of them', () => {
  expect(acts([step(5, 'stop'), step(4, 'migrate'), step(3, 'remove'), step(2, 'remove')])).toEqual([
    { action: 'stop', details: ['sb-5'] }, { action: 'migrate', details: ['sb-4'] }, { action: 'remove', details: ['sb-3', 'sb-2'] },
  ]);
  expect(acts([])).toEqual([]);
});
