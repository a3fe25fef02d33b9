import { expect, test } from 'vitest';
import type { Board, Cell, HistoryEntry } from '../bindings/contract';
import { origin, promotion } from './promotion';

const cell = (environment: string, version: string | null, over: Partial<Cell> = {}): Cell => ({
  target: `web/${environment}`, environment, health: { kind: 'healthy' }, readiness: { kind: 'none' }, deploying: null, stuck: null, quarantined: [], paused: null, scheduled: null, overrides: [], drift: [], track: [], error: null, foreign: null,
  current: version === null ? null : { revision: 1, version, by: 'amara', at: '2026-11-25T12:00:00Z', instances: 1 }, ...over,
});
const pause = { since: '2026-11-25T12:00:00Z', by: 'switchback', reason: 'rolled back' };

test('a healthy newer release may go on, also to where nothing ran', () => {
  expect(promotion(cell('staging', '2'), cell('production', '1'))).toEqual({ kind: 'ready', target: 'web/production', version: '2', back: false });
  expect(promotion(cell('staging', '2'), cell('production', null)).kind).toBe('ready');
});
test('what ran there before what runs there now would go backwards', () => {
  const ran: HistoryEntry = { deployment: 'd', kind: 'deploy', revision: 1, from: null, version: '2', notes: '', by: 'amara', at: pause.since, tookMs: 1, outcome: { kind: 'succeeded' }, failure: null, quarantined: false, wayBack: { kind: 'safe' } };
  expect(promotion(cell('staging', '2'), cell('production', '3', { track: [ran] }))).toMatchObject({ kind: 'ready', back: true });
  expect(promotion(cell('staging', '2'), cell('production', '3', { track: [{ ...ran, outcome: { kind: 'aborted', why: '' } }] }))).toMatchObject({ back: false });
});
test('what runs already, what is quarantined, unhealthy or on its way does not', () => {
  expect(promotion(cell('staging', '2'), cell('production', '2')).kind).toBe('same');
  expect(promotion(cell('staging', '2', { quarantined: ['2'] }), cell('production', '1'))).toEqual({ kind: 'blocked', version: '2' });
  expect(promotion(cell('staging', '2', { health: { kind: 'noData', why: '' } }), cell('production', '1'))).toMatchObject({ kind: 'notYet', why: 'noData' });
  expect(promotion(cell('staging', '2', { health: { kind: 'unhealthy', why: '' } }), cell('production', '1'))).toMatchObject({ kind: 'notYet', why: 'unhealthy' });
  expect(promotion(cell('staging', '2'), cell('production', '1', { paused: pause }))).toMatchObject({ kind: 'notYet', why: 'paused' });
  const deploying = { deployment: 'd', from: '1', to: '2', step: 1, steps: 8, phase: 'verify', held: true, startedAt: pause.since };
  expect(promotion(cell('staging', '2'), cell('production', '1', { deploying })).kind).toBe('onItsWay');
  expect(promotion(undefined, cell('production', '1')).kind).toBe('none');
});
test('a version comes from the nearest environment before that runs it', () => {
  const head = (name: string) => ({ name, zone: 'UTC', protected: name === 'production' });
  const board = (...versions: (string | null)[]): Board => ({
    environments: ['test', 'staging', 'production'].map(head), checkedAt: pause.since, overrides: [], demo: false, actor: 'amara',
    rows: [
      { service: 'other', runtime: 'docker', cells: [cell('test', '2', { target: 'other/test' })] },
      { service: 'web', runtime: 'docker', cells: ['test', 'staging', 'production'].map((name, at) => cell(name, versions[at] ?? null)) },
    ],
  });
  expect(origin(board('2', '2', '1'), 'web/production', '2')).toBe('web/staging');
  expect(origin(board('2', '3', '1'), 'web/production', '2')).toBe('web/test');
  expect(origin(board('1', '1', '2'), 'web/production', '2')).toBeNull();
  expect(origin(board('1', '1', '2'), 'web/test', '2')).toBeNull();
  expect(origin(null, 'web/test', '2')).toBeNull();
});
