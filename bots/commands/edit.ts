import { editFile } from '../../src/files/edit.ts';
import type { FileView } from '../../src/files/view.ts';
import { keepExtension, readRenaming } from '../arguments/new-name.ts';
import { readTag } from '../arguments/tags.ts';
import type { Phrase } from '../arguments/phrase.ts';
import type { Input } from '../port/action.ts';
import type { Prompt } from '../port/reply.ts';
import type { Text } from '../port/text.ts';
import { fileCard } from '../words/file-card.ts';
import { fileWords } from '../words/files.ts';
import { manual } from '../words/manual.ts';
import { memberCommand, textOf, textsOf } from './define.ts';
import { findFile } from './find-file.ts';

export const rename = memberCommand({
  name: 'rename',
  ...manual.rename,
  read: (phrase, _context, incoming, carried) => {
    if (textOf(carried, 'file') !== undefined) return { name: incoming.words.trim() };
    const { words, name } = readRenaming(phrase);
    // In an answer to a card, the only thing that is said is the name.
    if (incoming.repliesTo !== undefined && name === undefined) return { words: '', name: words };
    return { words, ...(name === undefined ? {} : { name }) };
  },
  async *run(context, incoming, input) {
    const file = await findFile(context, incoming, input, { command: 'rename' });
    const name = textOf(input, 'name');
    if (name === undefined) {
      yield ask('rename', file, fileWords.askNewName(file), file.name);
      return;
    }
    const renamed = await editFile(context.locker, incoming.actor, file.id, {
      name: keepExtension(file.name, name),
    });
    yield fileCard(renamed, { text: fileWords.renamed(file.name, renamed) });
  },
});

export const move = memberCommand({
  name: 'move',
  ...manual.move,
  read: (phrase, _context, incoming, carried) => {
    if (textOf(carried, 'file') !== undefined) return { folder: incoming.words.trim() };
    const { words, folder } = readFolder(phrase);
    return { words, ...(folder === undefined ? {} : { folder }) };
  },
  async *run(context, incoming, input) {
    const file = await findFile(context, incoming, input, { command: 'move' });
    const folder = textOf(input, 'folder');
    if (folder === undefined) {
      yield { ...ask('move', file, fileWords.askFolder(file), file.folder ?? '/'), slash: true };
      return;
    }
    const moved = await editFile(context.locker, incoming.actor, file.id, { folder });
    yield fileCard(moved, { text: fileWords.moved(moved) });
  },
});

export const tag = memberCommand({
  name: 'tag',
  ...manual.tag,
  read: (phrase, _context, _incoming, carried) => {
    const taken = phrase.takeWords((word) => (/^-#?[^-\s]/.test(word) ? word.slice(1) : undefined));
    const added = phrase.takeWords(readTag);
    // In the answer to a question, every word is a tag.
    const more =
      textOf(carried, 'file') === undefined ? [] : phrase.takeWords((word) => word.replace(/,$/, ''));
    return { add: [...added, ...more], take: taken, words: phrase.rest };
  },
  async *run(context, incoming, input) {
    const file = await findFile(context, incoming, input, { command: 'tag' });
    const add = textsOf(input, 'add');
    const take = new Set(textsOf(input, 'take').map(plainTag));
    if (add.length === 0 && take.size === 0) {
      yield ask('tag', file, fileWords.askTags(file), '#tax #2026');
      return;
    }
    const tags = [...file.tags.filter((known) => !take.has(plainTag(known))), ...add];
    const tagged = await editFile(context.locker, incoming.actor, file.id, { tags });
    yield fileCard(tagged, { text: fileWords.tagged(tagged) });
  },
});

const plainTag = (tag: string) => tag.replace(/^#/, '').toLowerCase().normalize('NFC');

/** `/invoices report`, `report to /my invoices/2026`: a folder that comes last may hold spaces. */
function readFolder(phrase: Phrase): { words: string; folder: string | undefined } {
  const { parts } = phrase;
  const at = parts.findIndex(({ text }) => text.startsWith('/'));
  if (at === -1) return { words: phrase.rest, folder: undefined };
  const join = (some: typeof parts) => some.map(({ text }) => text).join(' ');
  if (at === 0) return { words: join(parts.slice(1)), folder: parts[0]?.text };
  const before = parts.slice(0, at);
  const connected = ['to', 'into', 'in'].includes(before.at(-1)?.text.toLowerCase() ?? '');
  return {
    words: join(connected && before.length > 1 ? before.slice(0, -1) : before),
    folder: join(parts.slice(at)),
  };
}

const ask = (command: string, file: FileView, text: Text, placeholder: string): Prompt => ({
  kind: 'prompt',
  text,
  answer: { label: command, command, input: { file: file.id } satisfies Input },
  placeholder,
});
