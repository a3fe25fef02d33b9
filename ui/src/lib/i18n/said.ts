// What the core wrote down in English, said in another language: by its own list of sentences for diagnoses, by patterns
// for the rest. What is not known stays as it is: a program's own words are nobody's to translate.
import { sentences } from '../bindings/contract';
import type { Ways } from './messages/ways';

interface Known {
  cause: string;
  process: boolean;
  pattern: RegExp;
}

const escaped = (text: string) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
const pattern = (text: string) => new RegExp(`^${escaped(text).replace(/\{(\w+)\}/g, '(?<$1>.+?)')}$`);
/** Those with the most words of their own first, so that none is taken for a vaguer one. */
const known: Known[] = sentences
  .toSorted((a, b) => b[2].replace(/\{\w+\}/g, '').length - a[2].replace(/\{\w+\}/g, '').length)
  .map(([cause, process, text]) => ({ cause, process, pattern: pattern(text) }));

/** Several facts in a line are each said; so is what one of them repeats. */
export function said(text: string, ways: Ways): string {
  if (!text || !ways.said.length) return text;
  for (const [form, words] of ways.said) {
    const found = form.exec(text);
    if (found) return words.replace(/\$(\d)/g, (_, at: string) => said(found[Number(at)] ?? '', ways));
  }
  for (const one of known) {
    const found = one.pattern.exec(text);
    const words = found && ways.diagnosed[one.cause]?.({ ...found.groups }, one.process ? 'process' : 'docker');
    if (words) return words[0];
  }
  const parts = text.split('; ');
  return parts.length > 1 ? parts.map((part) => said(part, ways)).join('；') : text;
}
