// A line of SQL in parts, so that its words stand out. For the eye only: what a statement does, the core reads.
export type Part = { kind: 'word' | 'note' | 'plain'; text: string };

const WORDS = 'add|all|alter|and|as|begin|by|cascade|check|column|commit|concurrently|constraint|create|cross|database|default|delete|distinct|do|drop|each|else|end|enum|exists|foreign|from|function|grant|group|having|if|in|index|inner|insert|into|is|join|key|language|left|limit|materialized|modify|not|null|on|or|order|outer|primary|procedure|references|rename|replace|returning|returns|revoke|rollback|row|schema|select|sequence|set|table|then|to|trigger|truncate|type|union|unique|update|using|validate|values|view|when|where|with';
/** A comment to its end, a text or a name in quotes, or a word of the language. */
const PARTS = new RegExp(`(--.*$)|('(?:[^']|'')*'|"[^"]*"|\`[^\`]*\`)|\\b(${WORDS})\\b`, 'gi');

export function parts(line: string): Part[] {
  const all: Part[] = [];
  const plain = (text: string) => text && all.push({ kind: 'plain', text });
  let at = 0;
  for (const found of line.matchAll(PARTS)) {
    const [text, note, , word] = found;
    if (!note && !word) continue;
    plain(line.slice(at, found.index));
    all.push({ kind: note ? 'note' : 'word', text });
    at = found.index + text.length;
  }
  plain(line.slice(at));
  return all;
}
