// What the window may ask of whoever hosts it. Deliberately not in it: files, shells, networks, windows.
import type { ApiError, Commands, CrewView, DeploymentView } from '../bindings/contract';

export type Command = keyof Commands;
export type Request<K extends Command> = Commands[K][0];
export type Response<K extends Command> = Commands[K][1];

/** `board` ticks whenever anything changed; `deployment:<id>` sends the whole view after every event, `pods:<id>` the pods of its workload. */
export type Stream = 'board' | `deployment:${string}` | `pods:${string}`;
export type Message<S extends Stream> = S extends 'board' ? unknown : S extends `pods:${string}` ? CrewView : DeploymentView;

export interface Host {
  readonly kind: 'tauri' | 'browser';
  /** Rejects with an `ApiError`, never with anything else. */
  call<K extends Command>(command: K, request: Request<K>): Promise<Response<K>>;
  /** Returns the way to stop listening. */
  subscribe<S extends Stream>(stream: S, onMessage: (message: Message<S>) => void): () => void;
}

/** Whatever was thrown, as an error a screen can show. */
export function asApiError(thrown: unknown): ApiError {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    const { code, params, causes, hint } = thrown as Partial<ApiError>;
    return { code: code ?? 'internal', params: params ?? {}, causes: causes ?? [], hint: hint ?? null };
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', params: {}, causes: [text], hint: null };
}
