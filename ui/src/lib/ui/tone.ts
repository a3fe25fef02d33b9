export type Tone = 'ok' | 'warn' | 'bad' | 'none' | 'run';
