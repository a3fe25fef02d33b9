// Clocks of another zone, by the browser's own knowledge of zones.
const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' });
    formats.set(zone, found);
  }
  return found;
}

/** What the clocks of a zone show: the date, and minutes after its midnight. */
export function clock(at: number, zone: string): { date: string; minutes: number } {
  const parts = Object.fromEntries(format(zone).formatToParts(at).map((part) => [part.type, part.value]));
  return { date: `${parts.year}-${parts.month}-${parts.day}`, minutes: Number(parts.hour) * 60 + Number(parts.minute) };
}

/** The first instant of a date in a zone. */
export function begins(date: string, zone: string): number {
  const wanted = Date.parse(`${date}T00:00Z`);
  let at = wanted;
  // The offset there is not known before: the second look corrects what the first one guessed.
  for (let look = 0; look < 2; look++) {
    const shown = clock(at, zone);
    at += wanted - (Date.parse(`${shown.date}T00:00Z`) + shown.minutes * 60_000);
  }
  // Where midnight does not exist the day begins an hour later, and the guess lies on the day before.
  return clock(at, zone).date === date ? at : at + 3_600_000;
}

export const addDays = (date: string, days: number): string => new Date(Date.parse(`${date}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** The Monday of a date's week. */
export const monday = (date: string): string => addDays(date, -((new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7));

export interface Piece { date: string; from: number; to: number }

/** A span of the time line in pieces of one day each, as its clocks show them. */
export function pieces(from: number, to: number, zone: string): Piece[] {
  const all: Piece[] = [];
  for (let at = from; at < to;) {
    const here = clock(at, zone);
    const next = begins(addDays(here.date, 1), zone);
    const end = Math.min(next, to);
    all.push({ date: here.date, from: here.minutes, to: end === next ? 1440 : clock(end, zone).minutes });
    at = end;
  }
  return all;
}

/** The first instant at which a zone's clocks show a local time; null where they never do. */
export function shows(local: string, zone: string): number | null {
  const wanted = Date.parse(`${local}Z`);
  if (Number.isNaN(wanted)) return null;
  const read = (at: number) => {
    const { date, minutes } = clock(at, zone);
    return Date.parse(`${date}T00:00Z`) + minutes * 60_000;
  };
  // What the zone is ahead by a day before and a day after: a change of clocks lies between the two, or there is none.
  const ahead = [-86_400_000, 86_400_000].map((away) => read(wanted + away) - (wanted + away));
  return ahead.map((by) => wanted - by).sort((a, b) => a - b).find((at) => read(at) === wanted) ?? null;
}
