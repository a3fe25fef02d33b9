// Whether what runs in one environment may go on to the next. Pure.
import type { Board, Cell } from '../bindings/contract';

export type Promotion =
  | { kind: 'same' } | { kind: 'ready'; target: string; version: string; /** It ran there before what runs there now. */ back: boolean } | { kind: 'blocked'; version: string }
  | { kind: 'onItsWay' } | { kind: 'notYet'; version: string; why: 'unhealthy' | 'noData' | 'deploying' | 'paused' } | { kind: 'none' };

/** `from` and `to` are the same service in neighbouring environments. A version names one release, so the digest is the same. */
export function promotion(from: Cell | undefined, to: Cell | undefined): Promotion {
  const version = from?.current?.version;
  if (!from || !to || !version) return { kind: 'none' };
  if (to.current?.version === version) return { kind: 'same' };
  if (to.deploying) return to.deploying.to === version ? { kind: 'onItsWay' } : { kind: 'notYet', version, why: 'deploying' };
  if (from.quarantined.includes(version) || to.quarantined.includes(version)) return { kind: 'blocked', version };
  if (from.deploying) return { kind: 'notYet', version, why: 'deploying' };
  if (from.error || from.health.kind === 'noData') return { kind: 'notYet', version, why: 'noData' };
  if (from.health.kind !== 'healthy') return { kind: 'notYet', version, why: 'unhealthy' };
  if (to.paused) return { kind: 'notYet', version, why: 'paused' };
  return { kind: 'ready', target: to.target, version, back: to.track.some((entry) => entry.version === version && entry.outcome.kind === 'succeeded') };
}

/** Where a version comes from when it goes to `target`: the nearest environment before it that runs it for this service. */
export function origin(board: Board | null, target: string, version: string): string | null {
  const row = board?.rows.find((one) => one.cells.some((cell) => cell.target === target));
  const order = board?.environments.map((one) => one.name) ?? [];
  const here = order.indexOf(row?.cells.find((cell) => cell.target === target)?.environment ?? '');
  const before = order.slice(0, Math.max(here, 0)).reverse().map((name) => row?.cells.find((cell) => cell.environment === name));
  return before.find((cell) => cell?.current?.version === version)?.target ?? null;
}
