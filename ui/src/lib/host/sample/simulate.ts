// What happens after "start" in the browser host, as a script of events with pauses. 2.15.1 is the release that dies.
import type { DeploymentView, Diagnosis, PlanView, ToldView, Topic } from '../../bindings/contract';
import type { Event } from './fold';

export interface Beat { after: number; event: Event }

const now = () => new Date().toISOString();
const arrived = (channel: string, topic: Topic): ToldView => ({ channel, topic, attempts: 1, state: { kind: 'arrived', at: now() } });
const line = (text: string, evidence = false): Event => ({ kind: 'logged', line: { at: now(), stream: evidence ? 'stderr' : 'stdout', text, evidence } });

export const refused: Diagnosis = {
  cause: 'connection_refused_localhost',
  summary: 'Exited (1) after 0.5 s: connect ECONNREFUSED 127.0.0.1:5432',
  params: { host: 'localhost', port: '5432' },
  evidence: [{ line: 3, text: 'Error: connect ECONNREFUSED 127.0.0.1:5432' }],
  ruledOut: ['image_pull_not_found', 'missing_env_var', 'port_in_use', 'oom_killed', 'dns_failure'],
  hint: 'Set DATABASE_HOST to the name of the database service.', confidence: 'high',
};

export function* script(plan: PlanView): Generator<Beat> {
  const dies = plan.kind === 'deploy' && plan.toVersion === '2.15.1';
  for (const step of plan.steps) {
    yield { after: 250, event: { kind: 'started', step: step.number } };
    if (step.action === 'start') {
      yield { after: 200, event: line(`${plan.target.replace('/', '-')}-r${plan.toRevision} started`) };
      yield { after: 150, event: line(`{"msg":"${plan.target.split('/')[0]} ${plan.toVersion} starting","node":"22.11.0"}`) };
    }
    if (step.action === 'verify' && dies) {
      yield* dying(plan, step.number);
      return;
    }
    if (step.action === 'verify') {
      yield { after: 300, event: { kind: 'probed', probe: { at: now(), verdict: 'noData', detail: 'not listening yet' } } };
      for (let i = 0; i < 2; i++) yield { after: 500, event: { kind: 'probed', probe: { at: now(), verdict: 'pass', detail: '200 in 12 ms' } } };
    }
    yield { after: 350, event: { kind: 'done', step: step.number, tookMs: 600, result: step.action === 'verify' ? '2 of 2' : null } };
  }
  yield { after: 200, event: { kind: 'ended', at: now(), state: { kind: 'succeeded' }, told: [arrived('slack:slack/releases', 'succeeded')], leftOpen: [] } };
}

function* dying(plan: PlanView, step: number): Generator<Beat> {
  yield { after: 200, event: { kind: 'probed', probe: { at: now(), verdict: 'noData', detail: 'not listening yet' } } };
  yield { after: 150, event: line('Error: connect ECONNREFUSED 127.0.0.1:5432', true) };
  yield { after: 10, event: line('    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)', true) };
  yield { after: 10, event: line('    at Pool.connect (/app/src/db/pool.ts:31:18)', true) };
  yield { after: 20, event: line('process exited with code 1') };
  yield { after: 10, event: { kind: 'probed', probe: { at: now(), verdict: 'fail', detail: 'exited (1)' } } };
  yield { after: 10, event: { kind: 'failed', step, tookMs: 500, result: 'exited (1) after 0.5 s' } };
  yield { after: 50, event: { kind: 'diagnosed', diagnosis: refused } };
  yield* undoing('exited', 'exited (1) after 0.5 s', plan.steps.length, { kind: 'rolledBack', undone: 'bad', code: 'exited', cause: 'exited (1) after 0.5 s', hint: null, tookMs: 1800 }, [`${plan.toVersion} quarantined`, `${plan.target} paused`]);
}

/** The end of a deployment that fails or is aborted. */
export function* undoing(code: string, cause: string, steps: number, state: DeploymentView['state'], leftOpen: string[]): Generator<Beat> {
  yield { after: 100, event: { kind: 'undoing', code, cause, undo: ['remove', 'release_lock'] } };
  for (const [i, tookMs] of [1700, 100].entries()) {
    yield { after: 250, event: { kind: 'started', step: steps + 1 + i } };
    yield { after: tookMs / 3, event: { kind: 'done', step: steps + 1 + i, tookMs, result: null } };
  }
  yield { after: 100, event: { kind: 'ended', at: now(), state, told: [arrived('slack:slack/releases', 'rolled-back'), { channel: 'mail:ops', topic: 'rolled-back', attempts: 2, state: { kind: 'waiting', next: new Date(Date.now() + 60_000).toISOString(), error: 'the server did not answer' } }], leftOpen } };
}
