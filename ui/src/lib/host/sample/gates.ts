// Sample gates: a weekly window with a lunch peak, told as the core tells it.
import type { CalendarBlock, CalendarView, Gate, OpeningsView, WindowAnswer } from '../../bindings/contract';
import type { Place } from './world';

const HOUR = 3_600_000;

export function gatesOf(place: Place, version: string | null, quarantined: boolean): Gate[] {
  const gate = (kind: Gate['kind'], why: string | null, pass: string): Gate => ({ kind, verdict: why ? 'fail' : 'pass', evidence: [why ?? pass], by: null, since: null, opens: null, zone: null, wayOut: null });
  return [
    gate('lock', place.deploying ? `deployment ${place.deploying.deployment} of ${place.target} has not ended` : null, `no deployment of ${place.target} is under way`),
    ...(version ? [gate('quarantine', quarantined ? `${place.service} ${version} is quarantined: Refunds counted twice` : null, `${place.service} ${version} is not quarantined`)] : []),
    gate('pause', place.over.paused?.reason ?? null, `${place.target} is not paused`), gate('freeze', null, 'no freeze and no holiday'), gate('window', null, 'no rule closes it'),
  ];
}

export const windowAnswer: WindowAnswer = { open: true, because: [{ kind: 'always', effect: 'allow', holds: true, rule: 'no rule denies it', why: null, until: null }], next_open: null, next_close: null };

/** Mondays to Thursdays 10 to 16, Fridays 10 to 14, lunch closed; days begin where the window says they do. */
export function calendarOf(environment: string, from: string, to: string): CalendarView {
  const blocks: CalendarBlock[] = [];
  const at = (ms: number) => new Date(ms).toISOString();
  for (let day = Date.parse(from); day < Date.parse(to); day += 24 * HOUR) {
    const weekday = new Date(day + 12 * HOUR).getUTCDay();
    if (weekday === 0 || weekday === 6) continue;
    const open = { kind: 'always', effect: 'allow', rule: '', why: null } as const;
    blocks.push({ ...open, from: at(day + 10 * HOUR), to: at(day + 12 * HOUR) }, { ...open, from: at(day + 13 * HOUR), to: at(day + (weekday === 5 ? 14 : 16) * HOUR) });
    blocks.push({ kind: 'window', effect: 'deny', rule: 'daily 12:00-13:00', why: 'lunch peak', from: at(day + 12 * HOUR), to: at(day + 13 * HOUR) });
  }
  return { environment, zone: 'Europe/Berlin', now: at(Date.now()), answer: windowAnswer, blocks };
}

/** Open for ever, as the answer above says. */
export function openings(): OpeningsView {
  const now = new Date().toISOString();
  return { zone: 'Europe/Berlin', now, spans: [{ from: now, to: null }] };
}
