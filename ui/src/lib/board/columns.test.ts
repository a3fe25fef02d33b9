import { expect, test } from 'vitest';
import { columnsFor } from './columns';

/** Of the smallest window: 1280 px without the rail, the margins and a scroll bar. */
const ROOM = 1280 - 72 - 2 * 16 - 16;
const least = (environments: number) => [...columnsFor(environments).matchAll(/(\d+)px/g)].reduce((sum, found) => sum + Number(found[1]), 0);

test('up to three environments fit into the smallest window', () => {
  for (const environments of [1, 2, 3]) expect(least(environments), `${environments}`).toBeLessThanOrEqual(ROOM);
  expect(columnsFor(1)).toBe('132px minmax(300px, 1fr)');
  expect(columnsFor(4).match(/264px/g)).toHaveLength(4);
});
