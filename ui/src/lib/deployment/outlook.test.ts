import { expect, test } from 'vitest';
import type { DeploymentView, HistoryEntry, StepView } from '../bindings/contract';
import { ifAborted, undos, usual } from './outlook';

const entry = (over: Partial<HistoryEntry>): HistoryEntry => ({ deployment: 'd', kind: 'deploy', revision: 1, from: null, version: '1', notes: '', by: 'amara', at: '2026-11-25T12:00:00Z', tookMs: 1000, outcome: { kind: 'succeeded' }, quarantined: false, wayBack: { kind: 'safe' }, ...over });
const step = (number: number, action: string, status: StepView['status'], undo = false): StepView => ({ number, action, undo, detail: `sb-${number}`, status, tookMs: null, result: null });
const view = (steps: StepView[], over: Partial<DeploymentView> = {}): DeploymentView => ({
  id: 'd', target: 'web/production', protected: true, train: null, kind: 'deploy', revision: 2, fromVersion: '1', toVersion: '2', runtime: 'docker', changes: [], by: 'amara', startedAt: '2026-11-25T12:00:00Z', endedAt: null, state: { kind: 'running', step: 1 }, steps, probes: [], probesWanted: 2, log: [], diagnosis: null, told: [], leftOpen: [], ...over,
});

test('how long it usually takes is the middle of the runs of its kind that came through', () => {
  const all = [entry({ tookMs: 3000 }), entry({ tookMs: 1000 }), entry({ tookMs: 2000 }), entry({ tookMs: 9, kind: 'rollback' }), entry({ tookMs: 8, outcome: { kind: 'aborted', why: '' } }), entry({ tookMs: null, outcome: { kind: 'running' } })];
  expect(usual(all, 'deploy')).toBe(2000);
  expect(usual(all, 'rollback')).toBe(9);
  expect(usual(all, 'adopt')).toBeNull();
  expect(undos([entry({ outcome: { kind: 'rolledBack', why: '', undoMs: 11 } }), entry({ outcome: { kind: 'rolledBack', why: '', undoMs: 19 } }), ...all])).toEqual({ shortest: 11, longest: 19 });
  expect(undos(all)).toBeNull();
});

test('an abort undoes what was begun, the last of it first, and what changed nothing is not undone', () => {
  const begun = [step(1, 'prepare', 'done'), step(2, 'create', 'done'), step(3, 'create', 'done'), step(4, 'migrate', 'done'), step(5, 'start', 'running'), step(6, 'verify', 'waiting'), step(7, 'switch', 'waiting'), step(8, 'settle', 'waiting')];
  expect(ifAborted(view(begun))).toEqual({ kind: 'undoes', acts: [{ action: 'stop_new', times: 1, details: ['sb-5'] }, { action: 'migrate', times: 1, details: ['sb-4'] }, { action: 'remove_new', times: 2, details: ['sb-3', 'sb-2'] }] });
  expect(ifAborted(view([step(1, 'prepare', 'running')]))).toEqual({ kind: 'undoes', acts: [] });
  expect(ifAborted(view([step(1, 'start', 'done')], { runtime: 'kubernetes' }))).toMatchObject({ acts: [{ action: 'start_old' }] });
  expect(ifAborted(view([step(1, 'start', 'done')], { runtime: 'kubernetes', fromVersion: null }))).toMatchObject({ acts: [{ action: 'stop_new' }] });
});

test('once it has gone over an abort undoes nothing, and what is being undone says nothing of it', () => {
  expect(ifAborted(view([step(1, 'start', 'done'), step(2, 'settle', 'running')])).kind).toBe('finishes');
  expect(ifAborted(view([step(1, 'stop', 'done'), step(2, 'remove', 'running')], { kind: 'withdraw' })).kind).toBe('finishes');
  expect(ifAborted(view([step(1, 'start', 'done')], { state: { kind: 'rollingBack', step: 1, code: 'exited', cause: '' } })).kind).toBe('none');
});
