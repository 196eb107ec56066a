import { describeMe } from '../../src/accounts/describe-me.ts';
import type { Command } from '../port/command.ts';
import type { Incoming } from '../port/incoming.ts';
import { accountWords } from '../words/accounts.ts';
import { helpWords } from '../words/help.ts';
import { manual } from '../words/manual.ts';
import { note, openCommand, textOf } from './define.ts';
import { nearestCommand } from './nearest.ts';
import { withWords } from './with-words.ts';

/** Help knows all commands, and is one of them: so it is made with a way to look. */
export const helpOn = (all: () => readonly Command[]): Command =>
  openCommand({
    name: 'help',
    ...manual.help,
    read: (phrase) => ({ about: phrase.rest }),
    async *run({ chat }, incoming, input) {
      if (incoming.actor === undefined) {
        yield note(accountWords.stranger(chat));
        return;
      }
      const usable = all().filter((command) => mayUse(command, incoming));
      const about = textOf(input, 'about')?.toLowerCase().replace(/^\//, '');
      const one = usable.find(({ name }) => name === about);
      if (about === undefined) yield note(helpWords.general(usable, chat));
      else
        yield note(
          one === undefined
            ? helpWords.unknown(about, chat, nearestCommand(usable, about))
            : helpWords.one(one, chat),
        );
    },
  });

/** What Telegram sends when a bot is opened, with what came in the link: `start join_CODE`. */
export const startWith = (find: (name: string) => Command | undefined): Command =>
  openCommand({
    name: 'start',
    ...manual.start,
    async *run(context, incoming) {
      const link = deepLink(incoming.words.trim());
      const command = link === undefined ? undefined : find(link.command);
      if (link !== undefined && command !== undefined)
        yield* command.run(context, withWords(incoming, link.words, undefined));
      else if (incoming.actor === undefined) yield note(accountWords.stranger(context.chat));
      else {
        const { handle } = await describeMe(context.locker, incoming.actor);
        yield note(accountWords.welcomeBack(handle, context.chat));
      }
    },
  });

/**
 * Payloads that a link to the bot may carry. Not `connect`: whoever follows a stranger's link would save their files in the
 * stranger's locker.
 */
function deepLink(payload: string): { command: string; words: string } | undefined {
  const [, named, words] = /^(join|claim|approve|get)[_-](.+)$/.exec(payload) ?? [];
  if (named !== undefined && words !== undefined) return { command: named, words };
  if (/^(?:[0-9a-z]{5}-?){3}[0-9a-z]{5}$/i.test(payload)) return { command: 'join', words: payload };
  if (/^[BCDFGHJKLMNPQRSTVWXZ]{4}-?[BCDFGHJKLMNPQRSTVWXZ]{4}$/i.test(payload))
    return { command: 'approve', words: payload };
  return undefined;
}

const mayUse = ({ who, listed }: Command, { actor }: Incoming): boolean =>
  listed && (who !== 'admin' || actor?.scopes.has('admin') === true);
