import type { Command } from '../port/command.ts';
import type { Incoming } from '../port/incoming.ts';
import { openCommand, unlisted } from './define.ts';
import { withWords } from './with-words.ts';

/**
 * Finds what a message without a command means: `share report @alice` works without the slash, `#tax` and `@alice` in
 * answer to a card tag and share it, and anything else names a file to fetch. With nothing to go by, it is help.
 */
export function freeText(incoming: Incoming, find: (name: string) => Command | undefined): Command {
  const words = incoming.words.trim();
  const [first = ''] = words.split(/\s+/);
  const typed = find(first.toLowerCase());
  if (typed?.listed === true && !looksLikeName(typed, words))
    return instead(typed, words.slice(first.length).trim());
  if (incoming.actor === undefined || words === '') return instead(find('help'), '');
  if (incoming.repliesTo !== undefined) {
    if (/^(?:[#-]\S+\s*)+$/u.test(words)) return instead(find('tag'), words);
    if (words.startsWith('@') || incoming.mention(first) !== undefined) return instead(find('share'), words);
    if (words.startsWith('/')) return instead(find('move'), words);
  }
  return instead(find('get'), words);
}

/** `list.txt` is no command, since its first word is not one; `usage report.pdf` is a name, since usage takes no words. */
const looksLikeName = ({ usage, name }: Command, words: string): boolean =>
  usage === '' && words.toLowerCase() !== name;

/** A command that runs another one with other words. */
function instead(command: Command | undefined, words: string): Command {
  if (command === undefined) throw new RangeError('the vocabulary lacks a command');
  return openCommand({
    ...unlisted,
    name: command.name,
    usage: command.usage,
    examples: command.examples,
    run: (context, incoming) => command.run(context, withWords(incoming, words, incoming.input)),
  });
}
