// A simulated deployment: events folded into the view a screen shows. Pure, so that tests can replay it.
import type { DeploymentState, DeploymentView, Diagnosis, LogLine, Outlook, PlanView, Probe, StepView, ToldView } from '../../bindings/contract';

export type Event =
  | { kind: 'started'; step: number }
  | { kind: 'done'; step: number; tookMs: number; result: string | null }
  | { kind: 'failed'; step: number; tookMs: number; result: string }
  | { kind: 'probed'; probe: Probe }
  | { kind: 'logged'; line: LogLine }
  | { kind: 'diagnosed'; diagnosis: Diagnosis }
  | { kind: 'undoing'; code: string; cause: string; undo: string[] }
  | { kind: 'ended'; at: string; state: DeploymentState; told: ToldView[]; leftOpen: string[] };

export function planned(plan: PlanView, id: string, by: string, startedAt: string): DeploymentView {
  return {
    id, train: null, target: plan.target, protected: plan.protected, kind: plan.kind, revision: plan.toRevision, fromVersion: plan.fromVersion, toVersion: plan.toVersion,
    runtime: 'docker', changes: [...plan.config, ...plan.secrets, ...plan.settings],
    by, startedAt, endedAt: null, state: { kind: 'planned' }, probes: [], probesWanted: 2, log: [], diagnosis: null, told: [], leftOpen: [],
    outlook: { usualMs: plan.estimateMs, undoes: [], undosMs: [1800] },
    steps: plan.steps.map((s): StepView => ({ number: s.number, action: s.action, detail: s.detail, undo: false, status: 'waiting', tookMs: null, result: null })),
  };
}

const BACK: Record<string, string> = { create: 'remove', start: 'stop', stop: 'start', switch: 'switch' };

/** With a further step that an abort would undo. */
function ahead(view: DeploymentView, number: number): Outlook | null {
  const begun = view.steps.find((s) => s.number === number && !s.undo);
  const back = begun && BACK[begun.action];
  if (!view.outlook?.undoes || !begun || !back) return view.outlook;
  return { ...view.outlook, undoes: [{ ...begun, action: back, undo: true }, ...view.outlook.undoes] };
}

const step = (view: DeploymentView, number: number, change: Partial<StepView>): StepView[] =>
  view.steps.map((s) => (s.number === number ? { ...s, ...change } : s));

export function fold(view: DeploymentView, event: Event): DeploymentView {
  switch (event.kind) {
    case 'started': {
      const undoing = view.state.kind === 'rollingBack' ? view.state : null;
      const verifying = view.steps.find((s) => s.number === event.step)?.action === 'verify';
      const state: DeploymentState = undoing !== null ? { ...undoing, step: event.step } : { kind: verifying ? 'verifying' : 'running', step: event.step };
      return { ...view, state, outlook: ahead(view, event.step), steps: step(view, event.step, { status: 'running' }) };
    }
    case 'done': return { ...view, steps: step(view, event.step, { status: 'done', tookMs: event.tookMs, result: event.result }) };
    case 'failed': return { ...view, steps: step(view, event.step, { status: 'failed', tookMs: event.tookMs, result: event.result }) };
    case 'probed': return { ...view, probes: [...view.probes, event.probe] };
    case 'logged': return { ...view, log: [...view.log, event.line] };
    case 'diagnosed': return { ...view, diagnosis: event.diagnosis };
    case 'undoing': {
      const steps = view.steps.map((s): StepView => (s.status === 'waiting' ? { ...s, status: 'skipped' } : s));
      const first = steps.length + 1;
      const undo = event.undo.map((action, i): StepView => ({ number: first + i, action, detail: '', undo: true, status: 'waiting', tookMs: null, result: null }));
      return { ...view, outlook: null, state: { kind: 'rollingBack', step: first, code: event.code, cause: event.cause }, steps: [...steps, ...undo] };
    }
    case 'ended': return { ...view, outlook: null, endedAt: event.at, state: event.state, told: event.told, leftOpen: event.leftOpen };
  }
}
