// Numbers, dates and durations in the reader's language. Versions, digests, keys and names never pass through here.

export type Locale = 'en' | 'zh';
const tags: Record<Locale, string> = { en: 'en-GB', zh: 'zh-CN' };
const units = { en: { h: ' h', m: ' m', s: ' s', ms: ' ms', gap: ' ' }, zh: { h: ' 小时', m: ' 分', s: ' 秒', ms: ' 毫秒', gap: ' ' } };

const cache = new Map<string, Intl.DateTimeFormat>();
function dates(locale: Locale, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let found = cache.get(key);
  if (!found) {
    // A zone that this machine does not know is no reason to show no time.
    const known = options.timeZone === undefined || isZone(options.timeZone);
    cache.set(key, (found = new Intl.DateTimeFormat(tags[locale], known ? options : { ...options, timeZone: undefined })));
  }
  return found;
}

export const number = (locale: Locale, n: number) => new Intl.NumberFormat(tags[locale]).format(n);

// Where no zone is given, the machine's clocks count.
type Zone = string | undefined;

/** Of the machine. */
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Whether this machine knows a zone by that name. */
export function isZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}

/** "Berlin time"; in Chinese as Intl has it, which knows no cities of a country with one time. */
export function zoneName(locale: Locale, zone: string): string {
  if (/^(Etc\/)?(UTC|GMT|Zulu)$/.test(zone)) return 'UTC';
  if (locale === 'en') return `${(zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')} time`;
  return dates(locale, { timeZone: zone, timeZoneName: 'shortGeneric' }).formatToParts().find((part) => part.type === 'timeZoneName')?.value ?? zone;
}

export const time = (locale: Locale, at: string, timeZone?: Zone) => dates(locale, { timeZone, hour: '2-digit', minute: '2-digit' }).format(new Date(at));
export const clock = (locale: Locale, at: string, timeZone?: Zone) => {
  const date = new Date(at);
  const seconds = dates(locale, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(date);
  return `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};
export const weekday = (locale: Locale, at: string, timeZone?: Zone) => dates(locale, { timeZone, weekday: 'short' }).format(new Date(at));
export const shortDay = (locale: Locale, at: string, timeZone?: Zone) => dates(locale, { timeZone, day: 'numeric', month: 'short' }).format(new Date(at));
export const longDay = (locale: Locale, at: string, timeZone?: Zone) => dates(locale, { timeZone, weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(at)).replace(',', '');
export const month = (locale: Locale, at: string, timeZone?: Zone) => dates(locale, { timeZone, month: 'short' }).format(new Date(at));
export const full = (locale: Locale, at: string, timeZone?: Zone) =>
  dates(locale, { timeZone, weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(at));

/** By the clocks of another zone. */
export const at = (locale: Locale, instant: string, timeZone: string) =>
  dates(locale, { timeZone, weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(instant));

/** "40 ms", "4.0 s", "41 s", "1 m 12 s", "1 h 58 m". */
export function duration(locale: Locale, ms: number): string {
  const u = units[locale];
  if (ms < 100) return Math.round(ms) + u.ms;
  if (ms < 9950) return new Intl.NumberFormat(tags[locale], { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(ms / 1000) + u.s;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return seconds + u.s;
  if (seconds < 3600) return Math.floor(seconds / 60) + u.m + (seconds % 60 ? u.gap + (seconds % 60) + u.s : '');
  return Math.floor(seconds / 3600) + u.h + u.gap + Math.floor((seconds % 3600) / 60) + u.m;
}

/** Within a day as a distance, within a week with its weekday, else with its date. */
export function ago(locale: Locale, at: string, now: number, zone?: Zone): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  const relative = new Intl.RelativeTimeFormat(tags[locale], { style: locale === 'en' ? 'short' : 'long' });
  if (seconds < 60) return relative.format(-seconds, 'second').replace('.', '');
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), 'minute').replace('.', '');
  if (seconds < 86400) return relative.format(-Math.floor(seconds / 3600), 'hour').replace('.', '');
  const day = seconds < 6 * 86400 ? weekday(locale, at, zone) : shortDay(locale, at, zone);
  return `${day} ${time(locale, at, zone)}`;
}

const days = new Map<string, string>();
/** Names the day an instant is in. Long histories ask for the same ones again and again. */
export function dayKey(at: string, timeZone?: Zone): string {
  if (timeZone === undefined) {
    const day = new Date(at);
    return `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`;
  }
  const key = `${timeZone} ${at}`;
  let found = days.get(key);
  if (found === undefined) {
    if (days.size > 50_000) days.clear();
    days.set(key, (found = dates('en', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' }).format(new Date(at))));
  }
  return found;
}
