import type { MessageEntity } from 'grammy/types';
import type { Text } from '../../port/text.ts';

/** Text as Telegram takes it: the characters, and what is marked in them by position. No name can be taken for markup. */
export interface MarkedText {
  readonly text: string;
  readonly entities: readonly MessageEntity[];
}

/** Limits of Telegram, in UTF-16 units. */
export const maxText = 4096;
export const maxCaption = 1024;

/** Marks a text. Offsets count UTF-16 units, as strings here do. */
export function mark(spans: Text): MarkedText {
  let text = '';
  const entities: MessageEntity[] = [];
  const add = (part: string, make?: (place: { offset: number; length: number }) => MessageEntity) => {
    const clean = wellFormed(part.replaceAll('\0', ''));
    if (make !== undefined && clean.trim() !== '')
      entities.push(make({ offset: text.length, length: clean.length }));
    text += clean;
  };
  for (const span of spans) {
    if (typeof span === 'string') add(span);
    else if ('bold' in span) add(span.bold, (place) => ({ type: 'bold', ...place }));
    else if ('italic' in span) add(span.italic, (place) => ({ type: 'italic', ...place }));
    else if ('code' in span) add(span.code, (place) => ({ type: 'code', ...place }));
    // An address that is written out is made a link by whoever shows it.
    else if (span.link === span.text) add(span.text);
    else add(span.text, (place) => ({ type: 'text_link', url: span.link, ...place }));
  }
  return { text, entities };
}

/** Cuts a text in parts that Telegram takes, at ends of lines where there are some. */
export function cut({ text, entities }: MarkedText, limit: number): MarkedText[] {
  const parts: MarkedText[] = [];
  let start = 0;
  while (text.length - start > limit) {
    const line = text.lastIndexOf('\n', start + limit);
    let end = line > start + limit / 2 ? line : start + limit;
    // Not in the middle of a character.
    if (isLowSurrogate(text.charCodeAt(end))) end--;
    parts.push(slice({ text, entities }, start, end));
    start = text[end] === '\n' ? end + 1 : end;
  }
  parts.push(slice({ text, entities }, start, text.length));
  return parts;
}

/** The beginning of a text, with an ellipsis if something is left out. */
export function clip(marked: MarkedText, limit: number): MarkedText {
  if (marked.text.length <= limit) return marked;
  const end = isLowSurrogate(marked.text.charCodeAt(limit - 1)) ? limit - 2 : limit - 1;
  const { text, entities } = slice(marked, 0, end);
  return { text: `${text}…`, entities };
}

function slice({ text, entities }: MarkedText, start: number, end: number): MarkedText {
  return {
    text: text.slice(start, end),
    entities: entities.flatMap((entity) => {
      const from = Math.max(entity.offset, start);
      const length = Math.min(entity.offset + entity.length, end) - from;
      return length > 0 ? [{ ...entity, offset: from - start, length }] : [];
    }),
  };
}

const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;

/** Halves of surrogate pairs become replacement characters, as everything that is sent as UTF-8. */
const wellFormed = (text: string) => Buffer.from(text).toString();
