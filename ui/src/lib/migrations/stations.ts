// The line of versions that the ladder shows: which of them have room, and who has them.
import type { SchemaAt } from '../bindings/contract';

export interface Station {
  /** Before the first version when there is none. */
  version: string | null;
  /** How many of those environments whose schema is known have it. */
  reach: 'all' | 'some' | 'none';
  /** The environments that stand there. */
  at: SchemaAt[];
  /** Versions between it and the station before it that are left out. */
  hidden: number;
}

/** At most `most` of the versions, oldest first: the newest, and any other that an environment stands at. */
export function stations(versions: string[], environments: SchemaAt[], most: number): Station[] {
  const known = environments.filter((at) => at.unreachable === null && (at.version === null || versions.includes(at.version)));
  const place = (at: SchemaAt) => (at.version === null ? -1 : versions.indexOf(at.version));
  const stands = new Set(known.map(place));
  const rest = versions.map((_, index) => index).filter((index) => !stands.has(index)).slice(-Math.max(0, most - stands.size) || versions.length);
  const shown = [...stands, ...(stands.size < most ? rest : [])].sort((a, b) => a - b);
  return shown.map((index, at) => {
    const having = known.filter((one) => place(one) >= index).length;
    const before = shown[at - 1] ?? Math.min(-1, index - 1);
    return { version: versions[index] ?? null, reach: having === 0 ? 'none' : having === known.length ? 'all' : 'some', at: known.filter((one) => place(one) === index), hidden: index - before - 1 };
  });
}
