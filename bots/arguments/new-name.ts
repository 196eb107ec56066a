import type { Phrase } from './phrase.ts';

const reference = /^(#?\d{1,4}|it|this|[0-9a-hjkmnp-tv-z]{6})$/i;
const arrows = ['to', 'as', '->', '=>', '→'];

/** A file as it was typed, and the name that it gets; undefined where it is not said. */
export interface Renaming {
  readonly words: string;
  readonly name: string | undefined;
}

/**
 * Reads `report to march report.pdf`, `2 march report.pdf`, `report invoice.pdf`, `"old name" "new name"`. A name is taken as
 * it is typed, so this reads the text and not words.
 */
export function readRenaming(phrase: Phrase): Renaming {
  const parts = phrase.parts;
  const [first, second, third] = parts;
  if (first === undefined) return { words: '', name: undefined };
  const arrow = parts.findIndex(
    ({ text, quoted }, at) => at > 0 && !quoted && arrows.includes(text.toLowerCase()),
  );
  const join = (some: typeof parts) => some.map(({ text }) => text).join(' ');
  if (arrow > 0)
    return { words: join(parts.slice(0, arrow)), name: join(parts.slice(arrow + 1)) || undefined };
  if (second === undefined) return { words: first.text, name: undefined };
  if (first.quoted || reference.test(first.text)) return { words: first.text, name: join(parts.slice(1)) };
  const last = parts.at(-1);
  if (last?.quoted === true) return { words: join(parts.slice(0, -1)), name: last.text };
  return third === undefined
    ? { words: first.text, name: second.text }
    : { words: join(parts), name: undefined };
}

/** Keeps the extension of a name if the new one has none: nobody means to lose `.pdf`. */
export function keepExtension(before: string, after: string): string {
  const extension = /\.[a-z0-9]{1,5}$/i.exec(before)?.[0];
  return extension === undefined || /\.[a-z0-9]{1,5}$/i.test(after) ? after : after + extension;
}
