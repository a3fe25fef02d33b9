// The reader's language: which one, its messages, and formats bound to it. `<html lang>` follows.
import * as format from './format';
import type { Locale } from './format';
import { en, type Messages } from './messages/en';
import { asTheCoreSays, type Ways } from './messages/ways';
import { zh } from './messages/zh';
import { ways as zhWays } from './messages/zh.ways';
import { ofGate, said, within } from './said';
import type { ApiError, Diagnosis } from '../bindings/contract';

export type Choice = Locale | 'system';
const all: Record<Locale, Messages> = { en, zh };
const allWays: Record<Locale, Ways> = { en: asTheCoreSays, zh: zhWays };

const fromSystem = (): Locale => (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');
const stored = (): Choice => {
  const value = localStorage.getItem('language');
  return value === 'en' || value === 'zh' ? value : 'system';
};

class Lang {
  choice = $state<Choice>(stored());
  /** Ticks so that "4 s ago" stays true. */
  now = $state(Date.now());
  /** Whose clocks the screen's times are by; the machine's when undefined. */
  #zone = $state<string | undefined>();

  constructor() {
    this.#mark();
    setInterval(() => (this.now = Date.now()), 1000);
  }

  get locale(): Locale {
    return this.choice === 'system' ? fromSystem() : this.choice;
  }
  get zone(): string | undefined {
    return this.#zone;
  }
  set zone(zone: string | undefined) {
    this.#zone = zone !== undefined && format.isZone(zone) ? zone : undefined;
  }
  get m(): Messages {
    return all[this.locale];
  }

  choose(choice: Choice): void {
    this.choice = choice;
    localStorage.setItem('language', choice);
    this.#mark();
  }

  number = (n: number) => format.number(this.locale, n);
  // By the clocks of the zone that is given, else of the screen's.
  time = (at: string, zone = this.zone) => format.time(this.locale, at, zone);
  clock = (at: string, zone = this.zone) => format.clock(this.locale, at, zone);
  weekday = (at: string, zone = this.zone) => format.weekday(this.locale, at, zone);
  shortDay = (at: string, zone = this.zone) => format.shortDay(this.locale, at, zone);
  longDay = (at: string, zone = this.zone) => format.longDay(this.locale, at, zone);
  month = (at: string, zone = this.zone) => format.month(this.locale, at, zone);
  full = (at: string, zone = this.zone) => format.full(this.locale, at, zone);
  dayKey = (at: string) => format.dayKey(at, this.zone);
  at = (instant: string, zone: string) => format.at(this.locale, instant, zone);
  duration = (ms: number) => format.duration(this.locale, ms);
  ago = (at: string, zone = this.zone) => format.ago(this.locale, at, this.now, zone);
  /** What a zone is called; the one that times are in where none is given. */
  zoneName = (zone = this.zone ?? format.ownZone()) => format.zoneName(this.locale, zone);

  /** A code of the core in words; an unknown code is shown as it is, with its underscores opened. */
  word(list: 'errors' | 'checks' | 'gate_kinds' | 'items' | 'actions' | 'causes' | 'acts' | 'rules', code: string): string {
    return this.m[list][code] ?? (list === 'errors' ? this.m.error_generic : code.replaceAll(/[_.]/g, ' '));
  }

  /** The way out of an error. */
  hint(error: ApiError): string | null {
    return error.hint && (allWays[this.locale].hints[error.code]?.(error.params) ?? this.said(error.hint));
  }

  /** What a diagnosis says and where to look. */
  diagnosed(diagnosis: Diagnosis, runtime: string): [string, string] {
    return allWays[this.locale].diagnosed[diagnosis.cause]?.(diagnosis.params, runtime) ?? [diagnosis.summary, diagnosis.hint];
  }

  /** What an environment is called. Names are their owners' own words; but for production, which each language has a word for
   *  that stands on every screen. Where a name is typed or pasted it stands as it is. */
  environment = (name: string): string => this.m.environments[name] ?? name;

  /** Several things in a line. */
  list = (all: readonly string[]): string => all.join(this.locale === 'zh' ? '、' : ', ');

  /** One thing and what is said of it. */
  colon = (head: string, tail: string): string => head + (this.locale === 'zh' ? '：' : ': ') + tail;
  /** Facts beside each other. */
  comma = (...facts: string[]): string => facts.join(this.locale === 'zh' ? '，' : ', ');

  /** What to write in place of what a rule of the lint found. */
  rewrite(rule: string, english: string): string {
    return allWays[this.locale].rewrites[rule] ?? english;
  }

  /** What the core says of steps, failures and states. */
  said = (text: string): string => said(text, allWays[this.locale]);

  /** A fact of the audit: what it is called, and what it says where the core chose the word. */
  fact = (key: string, value: unknown): [string, string] => {
    const text = String(value);
    const own = ['result', 'evidence', 'message', 'summary'].includes(key);
    return [this.m.facts[key] ?? key, key === 'event' ? (this.m.events[text] ?? text) : own ? this.said(text) : text];
  };

  /** What the core says as a part of a sentence: of a loss, or of a limit. */
  within = (text: string): string => within(text, allWays[this.locale]);

  /** What a gate or an item of a checklist says. */
  gate = (text: string): string => ofGate(text, allWays[this.locale]);

  /** A person's reason as they gave it; what the command says when none is given is the core's. */
  reason = (text: string): string => (text.endsWith(' from the command line') ? this.said(text) : text);

  #mark(): void {
    document.documentElement.lang = this.locale === 'zh' ? 'zh-CN' : 'en';
  }
}

export const lang = new Lang();
