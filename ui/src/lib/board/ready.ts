// What the board may say of a cell's way back. Pure.
import type { Cell, Readiness } from '../bindings/contract';

export type WayBackSeen = Readiness | { kind: 'unknown'; revision: number };

/** Nothing is ready where the target could not be asked: what was last known of it may be gone. */
export const readinessOf = ({ error, readiness }: Pick<Cell, 'error' | 'readiness'>): WayBackSeen =>
  error !== null && 'revision' in readiness ? { kind: 'unknown', revision: readiness.revision } : readiness;
