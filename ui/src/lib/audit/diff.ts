// Two values as aligned lines: enough to see what changed, and small. Longest common subsequence over lines.

export interface DiffLine { kind: 'same' | 'gone' | 'came'; before: string | null; after: string | null }
const MOST = 400;

/** How a fact is called, and what a plain one says. */
export type Say = (key: string, value: unknown) => [key: string, value: string];
const asItIs: Say = (key, value) => [key, String(value)];

/** Values as YAML-like lines; strings stay text. */
export function linesOf(value: unknown, say = asItIs, indent = ''): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return String(value).split('\n').map((l) => indent + l);
  if (Array.isArray(value)) return value.flatMap((v) => (isPlain(v) ? [`${indent}- ${v}`] : [`${indent}-`, ...linesOf(v, say, indent + '  ')]));
  return Object.entries(value).flatMap(([key, v]) => {
    const [name, said] = say(key, v);
    return isPlain(v) ? [`${indent}${name}: ${said}`] : [`${indent}${name}:`, ...linesOf(v, say, indent + '  ')];
  });
}
const isPlain = (v: unknown) => v === null || typeof v !== 'object';

export function diff(before: unknown, after: unknown, say = asItIs): DiffLine[] {
  const a = linesOf(before, say).slice(0, MOST);
  const b = linesOf(after, say).slice(0, MOST);
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) lines.push({ kind: 'same', before: a[i++] ?? '', after: b[j++] ?? '' });
    else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) lines.push({ kind: 'gone', before: a[i++] ?? '', after: null });
    else lines.push({ kind: 'came', before: null, after: b[j++] ?? '' });
  }
  return lines;
}
