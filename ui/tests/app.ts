// The whole window on sample data, opened and closed by a test.
import { flushSync, mount, unmount } from 'svelte';
import App from '../src/App.svelte';
import { boardStore } from '../src/lib/board/board.svelte';
import { useHost, type Host } from '../src/lib/host';
import { browserHost } from '../src/lib/host/browser';
import { router } from '../src/lib/shell/router.svelte';
import { session } from '../src/lib/shell/session.svelte';

let app: ReturnType<typeof mount> | null = null;

export const settle = async (ms = 60) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  flushSync();
};
export const find = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);

export async function open(hash: string, host: Host = browserHost({ pace: 0 })): Promise<void> {
  useHost(host);
  router.go(hash);
  boardStore.board = null;
  app = mount(App, { target: document.body });
  await settle();
}

export async function close(): Promise<void> {
  session.overlay = null;
  flushSync();
  if (app) await unmount(app);
}
