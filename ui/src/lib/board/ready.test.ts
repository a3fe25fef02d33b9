import { expect, test } from 'vitest';
import type { ApiError, Cell } from '../bindings/contract';
import { matches } from './board.svelte';
import { readinessOf } from './ready';

const away: ApiError = { code: 'target_unreachable', params: {}, causes: [], hint: null };
const cell = (over: Partial<Cell>): Cell => ({
  target: 'web/production', environment: 'production', health: { kind: 'healthy' }, readiness: { kind: 'ready', revision: 24, estimateMs: 900 }, deploying: null, stuck: null, quarantined: [], paused: null, scheduled: null, overrides: [], drift: [], track: [], error: null, current: null, foreign: null, ...over,
});

test('a way back is ready only where the target answers', () => {
  expect(readinessOf(cell({}))).toMatchObject({ kind: 'ready', revision: 24 });
  expect(readinessOf(cell({ error: away }))).toEqual({ kind: 'unknown', revision: 24 });
  expect(readinessOf(cell({ error: away, readiness: { kind: 'none' } }))).toEqual({ kind: 'none' });
});
test('a target that does not answer counts as one without data, not as an unhealthy one', () => {
  const gone = cell({ error: away, health: { kind: 'noData', why: 'no answer' } });
  const kinds = (one: Cell) => Object.entries(matches).filter(([, of]) => of(one)).map(([name]) => name);
  expect(kinds(gone)).toEqual(['noData', 'notReady']);
  expect(kinds(cell({ health: { kind: 'unhealthy', why: '1 of 3' } }))).toEqual(['unhealthy']);
  expect(kinds(cell({}))).toEqual([]);
});
