import { expect, test } from 'vitest';
import type { DeploymentView, PlanView } from '../bindings/contract';
import { browserHost } from './browser';
import { fold, planned } from './sample/fold';

async function run(version: string): Promise<{ last: DeploymentView; host: ReturnType<typeof browserHost> }> {
  const host = browserHost({ pace: 0 });
  const plan = await host.call('plan_deploy', { target: 'checkout/staging', version });
  const { deployment } = await host.call('start', { planHash: plan.planHash, reason: 'test', confirm: '', overriding: null });
  const last = await new Promise<DeploymentView>((resolve) => {
    host.subscribe(`deployment:${deployment}`, (view) => view.endedAt && resolve(view));
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { last, host };
}

test('a good release succeeds and is what runs', async () => {
  const { last, host } = await run('2.14.3');
  expect(last.state.kind).toBe('succeeded');
  const page = await host.call('history', { target: 'checkout/staging', cursor: null, limit: 5 });
  expect(page.entries[0]?.wayBack.kind).toBe('runsNow');
});

test('a release that dies is undone, explained, quarantined, and its target paused', async () => {
  const { last, host } = await run('2.15.1');
  expect(last.state.kind).toBe('rolledBack');
  expect(last.diagnosis?.cause).toBe('connection_refused_localhost');
  expect(last.steps.map((s) => s.status)).not.toContain('waiting');
  const board = await host.call('board', {});
  const cell = board.rows[0]?.cells[0];
  expect(cell?.paused).not.toBeNull();
  expect(cell?.quarantined).toContain('2.15.1');
});

test('a protected target is not touched without its name', async () => {
  const host = browserHost({ pace: 0 });
  const plan = await host.call('plan_rollback', { target: 'checkout/production', revision: 386, way: null });
  await expect(host.call('start', { planHash: plan.planHash, reason: 'test', confirm: 'prod', overriding: null })).rejects.toMatchObject({ code: 'confirm_mismatch' });
});

test('the fold skips what never happened', () => {
  const plan = { target: 'a/b', kind: 'deploy', config: [], secrets: [], settings: [], steps: [1, 2].map((number) => ({ number, action: 'start', detail: '', undo: null })) } as unknown as PlanView;
  let view = planned(plan, 'x', 'amara', '2026-01-01T00:00:00Z');
  view = fold(view, { kind: 'failed', step: 1, tookMs: 1, result: 'no' });
  view = fold(view, { kind: 'undoing', code: 'exited', cause: 'no', undo: ['remove'] });
  expect(view.steps.map((s) => s.status)).toEqual(['failed', 'skipped', 'waiting']);
  expect(view.state.kind).toBe('rollingBack');
});
