import { expect, test } from 'vitest';
import type { FindingView, MigrationView } from '../bindings/contract';
import { phaseOf, stepsOf, tookMs } from './steps';

const found = (rule: string, place = 'up'): FindingView => ({ rule, path: '1.up.sql', line: 1, place, severity: 'error', why: '', rewrite: '' });
const one = (findings: FindingView[], sql = ''): MigrationView => ({ version: '1', name: 'a', state: 'pending', up: { path: '1.up.sql', line: 1, sql }, down: null, reversible: 'yes', because: null, findings, proof: null, stale: null });

test('a phase is what the rules say of the way up, also of what was accepted, and nothing where nobody could lint', () => {
  expect(phaseOf(one([]), true)).toBe('expand');
  expect(phaseOf(one([found('drop_column', 'down'), found('missing_down', 'pair')]), true)).toBe('expand');
  expect(phaseOf(one([found('schema_and_data_mixed')]), true)).toBe('move');
  expect(phaseOf(one([found('drop_column')]), true)).toBe('contract');
  expect(phaseOf(one([], '-- switchback:accept drop_column until 2027-01-01 nobody reads it\nalter table a drop column b;'), true)).toBe('contract');
  expect(phaseOf(one([]), false)).toBeNull();
  expect(phaseOf(one([found('syntax_error')]), true)).toBeNull();
});

test('the steps of a proof and their times are those it tells of', () => {
  const proven = { holds: true, told: 'proven, up 800 ms, down 400 ms (on a copy with 231 rows)' };
  expect(stepsOf(proven)).toEqual([{ name: 'up', state: 'done', ms: 800 }, { name: 'down', state: 'done', ms: 400 }, { name: 'up again', state: 'done', ms: null }]);
  expect(tookMs(proven)).toBe(1200);
  expect(stepsOf({ holds: true, told: 'proven, and loses orders: 2 of 5 rows (on a copy with 7 rows)' }).map((s) => s.state)).toEqual(['done', 'done', 'done']);
  expect(stepsOf({ holds: false, told: 'another schema after down: column a.b is still there (on a copy without rows)' }).map((s) => s.state)).toEqual(['done', 'failed', 'notRun']);
  expect(stepsOf({ holds: false, told: 'up again failed at 1.up.sql:2: no such table (on a copy without rows)' }).map((s) => s.state)).toEqual(['done', 'done', 'failed']);
  expect(stepsOf({ holds: false, told: 'not reached: 3 is before it' })).toEqual([]);
  expect(tookMs({ holds: false, told: 'there is no way down' })).toBeNull();
});
