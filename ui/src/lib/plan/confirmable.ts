// What the confirmation at the foot of a plan needs to know: of one deployment, or of a whole train.
import type { ApiError } from '../bindings/contract';

export type Missing = 'locked' | 'checks' | 'gates' | 'glass' | 'hour' | 'reason' | 'name';

export interface Confirmable {
  readonly plan: { protected: boolean } | null;
  readonly environment: string;
  readonly error: ApiError | null;
  readonly missing: Missing[];
  readonly ready: boolean;
  /** It is to begin by itself. */
  readonly later: { at: string | null } | null;
  reason: string;
  typed: string;
  /** What began, or null when the core said no. */
  start(): Promise<string | null>;
  /** Whether it will begin by itself. */
  schedule(): Promise<boolean>;
}
