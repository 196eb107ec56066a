import { openFile, type ReadableContent } from '../../src/files/download.ts';
import { createFetchLink } from '../../src/links/create-fetch-link.ts';
import { maxDurationWords, readDuration } from '../arguments/duration.ts';
import { takeVersion } from '../arguments/version.ts';
import type { FileView } from '../../src/files/view.ts';
import { type Context, type MemberIncoming, UsageError } from '../port/command.ts';
import type { Reply } from '../port/reply.ts';
import { lines } from '../port/text.ts';
import { timeWords } from '../words/arguments.ts';
import { fileWords } from '../words/files.ts';
import { fileCard } from '../words/file-card.ts';
import { manual } from '../words/manual.ts';
import { formatMoment } from '../words/time.ts';
import { memberCommand, note, numberOf, readerOf, textOf, unlisted } from './define.ts';
import { findFile } from './find-file.ts';

const linkSeconds = 24 * 3600;
/** Chats delete what is older than two days no more. */
const longestStaySeconds = 47 * 3600;

export const get = memberCommand({
  name: 'get',
  ...manual.get,
  read(phrase) {
    const time = phrase.takeAfter(['for'], readDuration, maxDurationWords);
    const stay = time?.value;
    if (stay !== undefined && stay > longestStaySeconds) throw new UsageError(fileWords.stayTooLong);
    const version = takeVersion(phrase);
    return {
      ...(stay === undefined ? {} : { stay }),
      ...(version === undefined ? {} : { version }),
      ...(time === undefined || stay !== undefined ? {} : { unread: time.following }),
      words: phrase.rest,
    };
  },
  async *run(context, incoming, input) {
    const unread = textOf(input, 'unread');
    const file = await findFile(context, incoming, input, {
      command: 'get',
      unread: unread === undefined ? undefined : timeWords.notUnderstoodLength(unread),
    });
    const stay = numberOf(input, 'stay') ?? null;
    const n = numberOf(input, 'version') ?? file.version;
    if (n === file.version && !fits(context, file.sizeBytes))
      yield await linkTo(context, incoming, file, stay);
    else {
      const content = await openFile(context.locker, incoming.actor, file.id, n);
      yield deliver(context, content, stay);
    }
  },
});

/** Shows the card of a file. */
export const show = memberCommand({
  name: 'show',
  ...unlisted,
  read: (phrase) => ({ words: phrase.rest }),
  async *run(context, incoming, input) {
    yield fileCard(await findFile(context, incoming, input, { command: 'show' }));
  },
});

/** True if the chat carries so many bytes; none carries an empty file. */
const fits = ({ chat: { deliveryLimitBytes } }: Context, sizeBytes: number): boolean =>
  sizeBytes > 0 && (deliveryLimitBytes === null || sizeBytes <= deliveryLimitBytes);

function deliver(context: Context, content: ReadableContent, stay: number | null): Reply {
  const { file, version } = content;
  if (!fits(context, version.size))
    return note([
      fileWords.oldVersionNotHere(file, version.n, version.size, context.chat.deliveryLimitBytes),
    ]);
  const remarks = [
    ...(version.n === file.version ? [] : [fileWords.oldVersion(version.n)]),
    ...(stay === null ? [] : [fileWords.willBeDeleted(stay)]),
  ];
  return {
    kind: 'delivery',
    file,
    version: version.n,
    sizeBytes: version.size,
    open: () => content.read(),
    ...(remarks.length === 0 ? {} : { text: lines(...remarks) }),
    deleteAfterSeconds: stay,
  };
}

/** A link for one download, for what the chat does not carry. */
async function linkTo(
  context: Context,
  { actor }: MemberIncoming,
  file: FileView,
  stay: number | null,
): Promise<Reply> {
  const ttlSeconds = Math.min(stay ?? linkSeconds, linkSeconds);
  const { token } = await createFetchLink(context.locker, actor, file.id, { ttlSeconds });
  const url = `${context.publicUrl}/s/${token}`;
  const { deliveryLimitBytes } = context.chat;
  if (file.sizeBytes === 0 || deliveryLimitBytes === null) return note(fileWords.empty(file, url));
  const reader = await readerOf(context);
  const until = formatMoment(new Date(reader.now.getTime() + ttlSeconds * 1000), reader);
  return note(
    fileWords.tooLargeToDeliver(file, {
      sizeBytes: file.sizeBytes,
      limitBytes: deliveryLimitBytes,
      url,
      until: `until ${until}`,
    }),
  );
}
