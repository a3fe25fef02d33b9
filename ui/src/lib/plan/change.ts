// Differences in words.
import type { Change, PlanView } from '../bindings/contract';
import type { Messages } from '../i18n/messages/en';

/** The pod template of an imported revision (`Change::POD_TEMPLATE`): what it was imported from, or none for the workload's own. */
const POD_TEMPLATE = 'pod template';

/** What it is called, what it was and what it is; `absent` for what is not there. */
export function told({ key, before, after }: Change, m: Messages, absent: string): { key: string; before: string; after: string } {
  const template = key === POD_TEMPLATE;
  const value = (one: string | null) => (one === null ? (template ? m.template_own : absent) : template ? m.template_imported(one) : one);
  return { key: template ? m.pod_template : key, before: value(before), after: value(after) };
}

/** Whether what runs afterwards is what runs now: the same artifact with the same configuration, on the same schema. */
export const changesNothing = (plan: Pick<PlanView, 'image' | 'config' | 'secrets' | 'settings' | 'steps'>): boolean =>
  plan.image.before === plan.image.after && [plan.config, plan.secrets, plan.settings].every((changes) => changes.length === 0) && plan.steps.every((step) => step.action !== 'migrate');
