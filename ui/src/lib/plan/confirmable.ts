// What the confirmation at the foot of a plan needs to know: of one deployment, or of a whole train.
import type { ApiError, Overriding } from '../bindings/contract';

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

/** What a person says who passes closed gates; `until` is empty for this one deployment. */
export type Glass = { reason: string; risk: string; task: string; until: string };

/** What a person may pass closed gates of. */
export interface Breakable {
  glass: Glass | null;
}

export const overriding = (glass: Glass): Overriding => ({ reason: glass.reason.trim(), until: glass.until || null, risk: glass.risk.trim(), task: glass.task.trim() });
