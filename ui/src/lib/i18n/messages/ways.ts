// How a language says ways out, diagnoses and outcomes of steps that the core says in English itself.

import type { Form } from '../forms';

type Facts = Record<string, string>;

export interface Ways {
  /** By code of an error. */
  hints: Record<string, (facts: Facts) => string>;
  /** By cause: the sentence and where to look. */
  diagnosed: Record<string, (facts: Facts, runtime: string) => [string, string]>;
  /** By rule of the migrations' lint: what to write instead. */
  rewrites: Record<string, string>;
  /** Plans' warnings and what is found in migrations, by form. */
  whole: Form[];
  /** These, and what is only said within them. */
  within: Form[];
  /** What gates and items of checklists say. */
  gate: Form[];
  /** Outcomes of steps: what the core says, and what to say instead. */
  said: [RegExp, string][];
}

/** The core's own words are English. */
export const asTheCoreSays: Ways = { hints: {}, diagnosed: {}, rewrites: {}, whole: [], within: [], gate: [], said: [] };
