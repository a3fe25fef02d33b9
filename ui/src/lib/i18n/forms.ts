// Sentences that the core makes by a form: known by all of the form's own words, and said by its translation with the values
// that stand in its places.

/** By form: its translation, with `{x}` for a value as it is and `{said:x}` for one that is said in turn. */
export type Forms = Record<string, string>;

export interface Form {
  pattern: RegExp;
  words: string;
}

const escaped = (text: string) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
/** How many letters are the form's own. */
const own = (form: string) => form.replace(/\{\w+\}/g, '').length;

/** What a form looks like with values in it. Those of `open` may hold a list, the others end where the next of a list begins. */
export function pattern(form: string, open: (name: string) => boolean = () => true): RegExp {
  const place = (_: string, name: string) => `(?<${name}>${open(name) ? '.+?' : '(?:(?!; ).)+?'})`;
  return new RegExp(`^${escaped(form).replace(/\{(\w+)\}/g, place)}$`, 's');
}

/** In the order to try them: those with the most words of their own first, so that none is taken for a vaguer one. */
export const plainest = (a: string, b: string): number => own(b) - own(a);

export const read = (forms: Forms): Form[] =>
  Object.keys(forms).sort(plainest).map((form) => ({ words: forms[form] ?? '', pattern: pattern(form, (name) => forms[form]?.includes(`{said:${name}}`) ?? false) }));

/** By the first form that fits; nothing where none does. */
export function byForm(text: string, forms: Form[], say: (value: string) => string): string | null {
  for (const { pattern, words } of forms) {
    const found = pattern.exec(text);
    if (found) return words.replace(/\{(said:)?(\w+)\}/g, (_, again: string | undefined, name: string) => (again ? say(found.groups?.[name] ?? '') : (found.groups?.[name] ?? '')));
  }
  return null;
}
