// What the core wrote down in English, said in another language: by its own forms and its own list of sentences for
// diagnoses, by patterns for the rest. What is not known stays as it is: a program's own words are nobody's to translate.
import { sentences } from '../bindings/contract';
import { byForm, pattern, plainest } from './forms';
import type { Ways } from './messages/ways';

const known = sentences.toSorted((a, b) => plainest(a[2], b[2])).map(([cause, process, text]) => ({ cause, process, pattern: pattern(text) }));

/** Several facts in a line are each said; so is what one of them repeats. */
export function said(text: string, ways: Ways): string {
  if (!text || !ways.said.length) return text;
  for (const [form, words] of ways.said) {
    const found = form.exec(text);
    if (found) return words.replace(/\$(\d)/g, (_, at: string) => said(found[Number(at)] ?? '', ways));
  }
  const form = byForm(text, ways.whole, (value) => within(value, ways));
  if (form !== null) return form;
  for (const one of known) {
    const found = one.pattern.exec(text);
    const words = found && ways.diagnosed[one.cause]?.({ ...found.groups }, one.process ? 'process' : 'docker');
    if (words) return words[0];
  }
  return each(text, (part) => said(part, ways));
}

/** What stands within a sentence: a part, or a sentence itself. */
export function within(text: string, ways: Ways): string {
  const inner = (value: string) => within(value, ways);
  return byForm(text, ways.within, inner) ?? (text.includes('; ') ? each(text, inner) : said(text, ways));
}

/** What a gate or an item of a checklist says. */
export function ofGate(text: string, ways: Ways): string {
  const inner = (value: string) => ofGate(value, ways);
  return byForm(text, ways.gate, inner) ?? (text.includes('; ') ? each(text, inner) : said(text, ways));
}

function each(text: string, say: (part: string) => string): string {
  const parts = text.split('; ');
  return parts.length > 1 ? parts.map(say).join('；') : text;
}
