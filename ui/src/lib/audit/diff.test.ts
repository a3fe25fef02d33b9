import { expect, test } from 'vitest';
import { diff, linesOf } from './diff';

test('values are shown as lines a person reads', () => {
  expect(linesOf({ freezes: ['year-end'], on: { prod: true } })).toEqual(['freezes:', '  - year-end', 'on:', '  prod: true']);
});
test('facts have the names and words they are given, and what is nested too', () => {
  const say = (key: string, value: unknown): [string, string] => (key === 'event' ? ['事件', value === 'committed' ? '已生效' : String(value)] : [key, String(value)]);
  expect(linesOf({ event: 'committed', finding: { event: 'x' } }, say)).toEqual(['事件: 已生效', 'finding:', '  事件: x']);
});
test('what came and what went stand on lines of their own', () => {
  expect(diff({ a: 1, b: 2 }, { a: 1, c: 3 }).map((l) => l.kind)).toEqual(['same', 'gone', 'came']);
});
test('an act without a change has no lines', () => {
  expect(diff(null, null)).toEqual([]);
});
