// Which step a deployment is at, and what one that is under way is called.
import type { DeploymentKind, DeploymentView } from '../bindings/contract';
import type { Messages } from '../i18n/messages/en';

interface Says { m: Messages; colon: (head: string, tail: string) => string; word: (list: 'actions', code: string) => string }

/** "Step 5 of 8: Health gate"; nothing before the first. */
export function phaseOf(view: DeploymentView, say: Says): string {
  const at = 'step' in view.state ? view.state.step : 0;
  const step = view.steps.find((one) => one.number === at);
  return step ? say.colon(say.m.step_of(at, view.steps.length), say.word('actions', step.action)) : '';
}

/** What is under way: a rollback is no deployment of something new, and says where it goes. */
export function underWay({ kind, revision, version }: { kind: DeploymentKind; revision: number; version: string }, m: Messages): string {
  switch (kind) {
    case 'deploy': return m.v_running;
    case 'rollback': return m.rolling_back_to(revision);
    case 'adopt': return m.taking_over;
    case 'withdraw': return m.withdrawing(version);
  }
}
