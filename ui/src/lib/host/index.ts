// Which host this window has. Decided once, by presence, never by build flags.
import { browserHost } from './browser';
import type { Host } from './host';
import { tauriHost } from './tauri';

let current: Host | null = null;

export function host(): Host {
  current ??= '__TAURI_INTERNALS__' in globalThis ? tauriHost : browserHost();
  return current;
}

/** Tests bring their own. */
export function useHost(next: Host): void {
  current = next;
}

export { asApiError } from './host';
export type { Host } from './host';
