import { createDownloadLink, type NewLink } from '../../src/links/create-download-link.ts';
import { maxUses } from '../../src/links/new-link.ts';
import { maxPasswordLength } from '../../src/links/password.ts';
import type { FileView } from '../../src/files/view.ts';
import { readCount } from '../arguments/count.ts';
import { takeUntil } from '../arguments/until.ts';
import type { Phrase } from '../arguments/phrase.ts';
import type { Action, Input } from '../port/action.ts';
import { type Context, type MemberIncoming, UsageError } from '../port/command.ts';
import type { Prompt, Reply } from '../port/reply.ts';
import { lines } from '../port/text.ts';
import { fileWords } from '../words/files.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { plural } from '../words/plural.ts';
import { linkWords } from '../words/sharing.ts';
import { formatMoment } from '../words/time.ts';
import { memberCommand, momentOf, note, numberOf, readerOf, textOf } from './define.ts';
import { findFile, unreadName } from './find-file.ts';

const daySeconds = 24 * 3600;

export const link = memberCommand({
  name: 'link',
  ...manual.link,
  async read(phrase, context, incoming, carried) {
    if (carried['passwordNext'] === true) {
      // The whole answer is the password, as it was typed.
      return { passwordNext: null, password: incoming.words.trim() };
    }
    const typed = phrase.rest;
    const password = takePassword(phrase);
    const limit = takeDownloads(phrase);
    const until = takeUntil(phrase, await readerOf(context), true);
    // `link password list` means a file of that name: there is no other word for one.
    if (phrase.isEmpty && password['passwordTyped'] === true && !isNamed(incoming, carried))
      return { words: typed };
    return {
      ...password,
      ...(limit === undefined ? {} : { limit }),
      ...(until === undefined ? {} : { until }),
      words: phrase.rest,
    };
  },
  async *run(context, incoming, input) {
    const file = await findFile(context, incoming, input, {
      command: 'link',
      unread: unreadName(input),
    });
    if (input['ask'] === true) yield optionsFor(file);
    else if (input['passwordNext'] === true) yield askPassword(file, input);
    else yield* makeLink(context, incoming, file, input);
  },
});

const isNamed = ({ repliesTo }: MemberIncoming, carried: Input): boolean =>
  repliesTo !== undefined || textOf(carried, 'file') !== undefined;

async function* makeLink(
  context: Context,
  incoming: MemberIncoming,
  file: FileView,
  input: Input,
): AsyncGenerator<Reply, void, undefined> {
  const seconds = numberOf(input, 'seconds');
  const expiresAt =
    seconds === undefined
      ? momentOf(input, 'until')
      : new Date(context.locker.now().getTime() + seconds * 1000);
  const password = textOf(input, 'password') ?? null;
  if (password !== null && password.length > maxPasswordLength)
    throw new UsageError(linkWords.passwordTooLong(maxPasswordLength));
  const made = await createDownloadLink(context.locker, incoming.actor, file.id, {
    expiresAt,
    password,
    maxDownloads: numberOf(input, 'limit') ?? null,
  });
  const url = `${context.publicUrl}/s/${made.token}`;
  const facts = factsOf(made, formatter(await readerOf(context)));
  const shown = password !== null && input['passwordTyped'] === true;
  // After a choice by button, the message that held it is another one.
  const messages = incoming.words.trim() === '' ? [] : (incoming.messages ?? []);
  const removable = shown && context.chat.deletesMessages && messages.length > 0;
  yield note(
    lines(
      linkWords.made(fileWords.name(file), url, facts),
      shown ? linkWords.passwordInHistory(removable) : null,
    ),
    [
      {
        label: labels.revoke,
        command: 'revoke',
        input: { link: made.link.id },
        style: 'danger',
        where: 'edit',
      },
    ],
  );
  if (removable) yield { kind: 'removal', messages };
}

const formatter = (reader: Awaited<ReturnType<typeof readerOf>>) => (at: Date) => formatMoment(at, reader);

const factsOf = ({ link: { expiresAt, limit, hasPassword } }: NewLink, show: (at: Date) => string): string =>
  [
    expiresAt === null ? linkWords.forGood : linkWords.until(show(expiresAt)),
    ...(limit === null ? [] : [linkWords.downloads(plural(limit, 'download'))]),
    ...(hasPassword ? [linkWords.withPassword] : []),
  ].join(', ');

/** `password hunter2`, `password "two words"`; alone at the end, it is asked for. */
function takePassword(phrase: Phrase): Input {
  const pair = phrase.takePair(['password', 'pw']);
  if (pair === undefined) return {};
  if (pair.value === undefined) return { passwordNext: true };
  return { password: pair.value, passwordTyped: true };
}

/** `3 downloads`, `three times`, `3x`, `once`. */
function takeDownloads(phrase: Phrase): number | undefined {
  const counted = phrase.takeRun(
    ([count = '', noun = '']) => (/^(downloads?|times|uses?|x)$/i.test(noun) ? readCount(count) : undefined),
    2,
  );
  const limit = counted ?? phrase.takeWords(readTimes)[0];
  if (limit !== undefined && (limit < 1 || limit > maxUses)) throw new UsageError(linkWords.downloadsRange);
  return limit;
}

const adverbs: Readonly<Record<string, number>> = { once: 1, twice: 2 };
const readTimes = (word: string): number | undefined =>
  adverbs[word.toLowerCase()] ?? readCount(/^(\d+)[x×]$/i.exec(word)?.[1] ?? '');

function optionsFor(file: FileView): Reply {
  const option = (label: string, input: Input): Action => ({
    label,
    command: 'link',
    input: { file: file.id, ...input },
    where: 'edit',
  });
  return note(
    linkWords.options(fileWords.name(file)),
    [
      option(labels.linkOnce, { limit: 1, seconds: 7 * daySeconds }),
      option(labels.linkDay, { seconds: daySeconds }),
      option(labels.linkWeek, { seconds: 7 * daySeconds }),
    ],
    [option(labels.linkForEver, {}), option(labels.linkPassword, { passwordNext: true })],
  );
}

/** The answer is deleted where the chat can: it is a secret. */
const askPassword = (file: FileView, input: Input): Prompt => ({
  kind: 'prompt',
  text: linkWords.askPassword(fileWords.name(file)),
  answer: {
    label: labels.linkPassword,
    command: 'link',
    input: { ...input, file: file.id, words: null, passwordTyped: true },
  },
  slash: true,
  secret: true,
});
