// What an abort would do, as a person reads it: the same act on several instances is one.
import type { StepView } from '../bindings/contract';

export interface Act {
  action: string;
  details: string[];
}

/** Acts in the order they would be done, each with what it is done to. */
export function acts(undoes: readonly StepView[]): Act[] {
  const all: Act[] = [];
  for (const { action, detail } of undoes) {
    const before = all.find((one) => one.action === action);
    if (before) before.details.push(detail);
    else all.push({ action, details: [detail] });
  }
  return all;
}
