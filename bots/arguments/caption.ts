import { readTag } from './tags.ts';

/** What a caption says of a file. */
export interface Caption {
  readonly folder: string | undefined;
  readonly tags: readonly string[];
  readonly description: string;
}

/**
 * Reads a caption: a first line such as `/invoices/2026` is the folder, `#tags` anywhere are tags, the rest is the
 * description. A line that has only tags is left out of it; within a sentence the word stays.
 */
export function readCaption(text: string): Caption {
  const all = text.replaceAll('\r\n', '\n').split('\n');
  const hasFolder = all[0]?.trim().startsWith('/') === true;
  const tags = words(text).flatMap((word) => readTag(word) ?? []);
  const [first = '', ...others] = hasFolder ? all : ['', ...all];
  const folder = words(first)
    .filter((word) => readTag(word) === undefined)
    .join(' ');
  return {
    folder: hasFolder && folder !== '' ? folder : undefined,
    tags: [...new Set(tags)],
    description: others.filter(saysMore).join('\n').trim(),
  };
}

/** False for a line of tags alone. */
const saysMore = (line: string): boolean =>
  line.trim() === '' || words(line).some((word) => readTag(word) === undefined);

const words = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');
