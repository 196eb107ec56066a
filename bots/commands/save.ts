import { LockerError } from '../../src/errors.ts';
import type { FileView } from '../../src/files/view.ts';
import { type Caption, readCaption } from '../arguments/caption.ts';
import { mediaName } from '../arguments/media-name.ts';
import type { Context, MemberIncoming } from '../port/command.ts';
import { type Attachment, AttachmentError } from '../port/incoming.ts';
import { removeAction } from '../port/removal.ts';
import type { Reply } from '../port/reply.ts';
import { retryAction } from '../port/retry.ts';
import { lines, type Text } from '../port/text.ts';
import { explain } from '../words/errors.ts';
import { fileCard } from '../words/file-card.ts';
import { fileDetail, fileWords } from '../words/files.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { savingWords } from '../words/saving.ts';
import { memberCommand, note, readerOf } from './define.ts';
import { saveAttachment } from './save-attachment.ts';
import { uploadLinkFor } from './upload-link-for.ts';

/** What became of an attachment. */
interface Outcome {
  readonly saved?: FileView;
  /** It went into a file that was there. */
  readonly asVersion?: boolean;
  readonly failure?: Text;
  /** True if another attempt may succeed. */
  readonly again?: boolean;
}

/** Errors that pass: the message is worked on again, and what was saved of it is found by its origin. */
const passing = new Set<string>(['busy', 'cancelled', 'database_unavailable', 'internal', 'rate_limited']);

/** Saves what a message carries. Not typed: a chat runs it for messages with attachments, whose caption is in `words`. */
export const saveCommand = memberCommand({
  name: 'save',
  ...manual.save,
  listed: false,
  async *run(context, incoming) {
    if (incoming.attachments.length === 0) {
      yield note([savingWords.nothingAttached]);
      return;
    }
    const { timeZone } = await context.memory.settings();
    const caption = readCaption(incoming.words);
    const outcomes: Outcome[] = [];
    for (const [place, attachment] of incoming.attachments.entries()) {
      const name = mediaName(attachment, incoming.sentAt, timeZone, place);
      outcomes.push(yield* saveOne(context, incoming, attachment, name, caption));
    }
    yield* answer(context, incoming, outcomes);
  },
});

async function* saveOne(
  context: Context,
  incoming: MemberIncoming,
  attachment: Attachment,
  name: string,
  caption: Caption,
): AsyncGenerator<Reply, Outcome, undefined> {
  const { obstacle } = attachment;
  if (obstacle !== undefined && 'sentence' in obstacle)
    return { failure: savingWords.failed(name, [obstacle.sentence]) };
  const linkFor = async (limitBytes: number): Promise<Outcome> => ({
    failure: await uploadLinkFor(context, incoming, attachment, name, caption, limitBytes),
  });
  try {
    if (obstacle !== undefined) return await linkFor(obstacle.limitBytes);
    return yield* saveAttachment(context, incoming, attachment, name, caption);
  } catch (error) {
    const ofChat = error instanceof AttachmentError ? error : undefined;
    if (ofChat?.limitBytes !== undefined) return linkFor(ofChat.limitBytes);
    if (ofChat === undefined && !(error instanceof LockerError && !passing.has(error.code))) throw error;
    return {
      failure: savingWords.failed(name, explain(error, context.chat)),
      again: ofChat !== undefined,
    };
  }
}

/** One answer for all: a card, or a list; then what was not saved. */
async function* answer(
  context: Context,
  incoming: MemberIncoming,
  outcomes: readonly Outcome[],
): AsyncGenerator<Reply, void, undefined> {
  const { memory, chat } = context;
  const { deleteAfterSaving } = await memory.settings();
  const saved = outcomes.flatMap((outcome) => outcome.saved ?? []);
  const failures = outcomes.flatMap(({ failure, again = false }) =>
    failure === undefined ? [] : [{ failure, again }],
  );
  // The original of something that was not saved is never touched.
  const messages = chat.deletesMessages && failures.length === 0 ? (incoming.messages ?? []) : [];
  const removes = deleteAfterSaving && messages.length > 0;
  const removable = removes || messages.length === 0 ? [] : [removeAction(labels.removeFromChat, messages)];
  const [only, second] = saved;
  const about = removes ? savingWords.originalRemoved : null;
  if (only !== undefined && second === undefined) {
    const asVersion = outcomes.some((outcome) => outcome.asVersion === true);
    yield fileCard(only, {
      text: lines(asVersion ? savingWords.savedVersion(only) : savingWords.saved, about),
      more: removable,
    });
  } else if (only !== undefined) {
    const reader = await readerOf(context);
    const sizeBytes = saved.reduce((sum, file) => sum + file.sizeBytes, 0);
    await memory.rememberList(saved.map(({ id }) => id));
    yield {
      kind: 'list',
      title: lines(savingWords.savedSeveral(saved.length, sizeBytes), about),
      entries: saved.map((file, index) => ({
        number: index + 1,
        text: [fileWords.name(file)],
        detail: fileDetail(file, reader),
        actions: [{ label: labels.open, command: 'show', input: { file: file.id } }],
      })),
      ...(removable.length === 0 ? {} : { actions: [removable] }),
    };
  }
  for (const { failure, again } of failures)
    yield again && chat.fetchesAgain && (incoming.messages ?? []).length > 0
      ? note(failure, [retryAction(labels.tryAgain, incoming.messages ?? [])])
      : note(failure);
  if (removes) yield { kind: 'removal', messages };
}
