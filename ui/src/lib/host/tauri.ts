// The host inside the app. The only file that imports @tauri-apps.
import { Channel, invoke } from '@tauri-apps/api/core';
import { asApiError, type Command, type Host, type Message, type Request, type Response, type Stream } from './host';

export const tauriHost: Host = {
  kind: 'tauri',
  async call<K extends Command>(command: K, request: Request<K>): Promise<Response<K>> {
    try {
      return await invoke<Response<K>>(command, { request });
    } catch (thrown) {
      throw asApiError(thrown);
    }
  },
  subscribe<S extends Stream>(stream: S, onMessage: (message: Message<S>) => void) {
    const channel = new Channel<Message<S>>();
    let listening = true;
    channel.onmessage = (message) => {
      if (listening) onMessage(message);
    };
    // A stream that cannot be opened is no failure of the screen: it still has what it loaded.
    invoke('subscribe', { stream, channel }).catch(() => undefined);
    return () => {
      listening = false;
      invoke('unsubscribe', { id: channel.id }).catch(() => undefined);
    };
  },
};
