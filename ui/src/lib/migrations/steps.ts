// What the core's words about a version tell of its phase and of the steps of its proof. Nothing here reads SQL: the linter
// did. Pure.
import type { FindingView, MigrationView, ProofView } from '../bindings/contract';

/** Of the three steps in which a schema changes under running code: add, move over, take away. */
export type Phase = 'expand' | 'move' | 'contract';

const CONTRACTS = ['drop_column', 'drop_table', 'drop_database_object', 'truncate', 'narrowing_type', 'rename_column', 'rename_table', 'contract_before_observed'];
const MOVES = ['unbounded_update_or_delete', 'schema_and_data_mixed'];
const ACCEPTED = /switchback:accept\s+(\w+)/g;

/** By the rules that its way up meets, also those that somebody accepted in its file; null where nobody could lint it. */
export function phaseOf(one: MigrationView, readable: boolean): Phase | null {
  if (!readable || !one.up || one.findings.some((found) => found.rule === 'syntax_error')) return null;
  const found = one.findings.filter((found: FindingView) => found.place !== 'down').map((found) => found.rule);
  const rules = [...found, ...[...one.up.sql.matchAll(ACCEPTED)].map((accepted) => accepted[1] ?? '')];
  const any = (of: string[]) => rules.some((rule) => of.includes(rule));
  return any(CONTRACTS) ? 'contract' : any(MOVES) ? 'move' : 'expand';
}

export type StepName = 'up' | 'down' | 'up again' | 'down again';
export interface ProofStep { name: StepName; state: 'done' | 'failed' | 'notRun'; /** Milliseconds, where they were taken. */ ms: number | null }

const ORDER: StepName[] = ['up', 'down', 'up again'];
const TIMED = /^proven, up (\d+) ms, down (\d+) ms/;
const STOPPED = /^(?:another schema after )?(down again|up again|down|up)(?: failed at |: )/;

/** Up, down and up again as the proof says they went; none where it says nothing of them. */
export function stepsOf({ told, holds }: Pick<ProofView, 'told' | 'holds'>): ProofStep[] {
  const timed = TIMED.exec(told);
  if (timed || (holds && told.startsWith('proven'))) {
    const ms = (name: StepName) => (timed && name === 'up' ? Number(timed[1]) : timed && name === 'down' ? Number(timed[2]) : null);
    return ORDER.map((name) => ({ name, state: 'done', ms: ms(name) }));
  }
  const stopped = STOPPED.exec(told)?.[1] as StepName | undefined;
  if (!stopped) return [];
  const order = stopped === 'down again' ? [...ORDER, stopped] : ORDER;
  const at = order.indexOf(stopped);
  return order.map((name, i) => ({ name, state: i < at ? 'done' : i === at ? 'failed' : 'notRun', ms: null }));
}

/** Of all steps that were timed; null where none was. */
export function tookMs(proof: Pick<ProofView, 'told' | 'holds'>): number | null {
  const timed = stepsOf(proof).flatMap((step) => (step.ms === null ? [] : [step.ms]));
  return timed.length ? timed.reduce((sum, ms) => sum + ms, 0) : null;
}
