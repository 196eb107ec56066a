import { setTimeout } from 'node:timers/promises';
import { describeFile } from '../../src/files/describe-file.ts';
import { isLockerError } from '../../src/errors.ts';
import { findByOrigin } from '../../src/files/find-by-origin.ts';
import { readMediaType } from '../../src/files/media-type.ts';
import { restoreFile } from '../../src/files/trash.ts';
import { uploadFile } from '../../src/files/upload.ts';
import { replaceContent } from '../../src/files/versions.ts';
import type { FileView } from '../../src/files/view.ts';
import type { Caption } from '../arguments/caption.ts';
import type { Context, MemberIncoming } from '../port/command.ts';
import type { Attachment } from '../port/incoming.ts';
import type { Reply } from '../port/reply.ts';
import type { Text } from '../port/text.ts';
import { savingWords } from '../words/saving.ts';

/** Bytes from which on a person wants to see that something goes on. */
const largeBytes = 5_000_000;
const progressEveryMs = 3000;

export interface SavedAttachment {
  readonly saved: FileView;
  readonly asVersion: boolean;
}

/**
 * Saves one attachment, once, however often its message is delivered: as a new file, or as the next version of the file
 * whose card the message replies to, if that is of the same kind. What is in the trash by now is restored.
 *
 * @throws AttachmentError, and LockerError as `uploadFile`, `replaceContent` and `restoreFile` have it.
 */
export async function* saveAttachment(
  context: Context,
  incoming: MemberIncoming,
  attachment: Attachment,
  name: string,
  caption: Caption,
): AsyncGenerator<Reply, SavedAttachment, undefined> {
  const { locker, memory, signal } = context;
  const { actor } = incoming;
  const known = await findByOrigin(locker, actor, attachment.origin);
  if (known !== undefined) {
    // Sent once more, it is wanted again.
    const saved = known.trashedAt === null ? known : await restoreFile(locker, actor, known.id);
    return { saved, asVersion: false };
  }
  const target = await fileToReplace(context, incoming, name);
  if (target !== undefined) {
    const made = await memory.versionFrom(attachment.origin);
    // One that is not the current one any more may be wanted back.
    if (made?.file === target.id && made.n === target.version) return { saved: target, asVersion: true };
  }

  const stopped = new AbortController();
  let received = 0;
  // Opened when its bytes are wanted: after the account, the quota and the name were looked at.
  async function* bytes() {
    const pieces = await attachment.open(AbortSignal.any([signal, stopped.signal]));
    for await (const piece of pieces) {
      received += piece.length;
      yield piece;
    }
  }
  const content = { bytes: bytes(), sizeBytes: attachment.sizeBytes };
  const mediaType = readMediaType(attachment.mediaType);
  const work =
    target === undefined
      ? uploadFile(locker, actor, {
          name,
          mediaType,
          content,
          origin: attachment.origin,
          folder: caption.folder,
          tags: caption.tags,
          description: caption.description,
        })
      : replaceContent(locker, actor, target.id, { content, mediaType });
  // It may fail while nobody awaits it: between two looks, or when whoever listened is gone.
  work.catch(() => {});
  try {
    const isLarge = (attachment.sizeBytes ?? 0) >= largeBytes;
    if (isLarge) yield { kind: 'progress', text: savingWords.saving(name) };
    const saved = yield* watching(work, () => savingWords.savingPart(name, received, attachment.sizeBytes));
    // A kill before this costs a version that is there twice, and no file.
    if (target !== undefined)
      await memory.rememberVersion(attachment.origin, { file: saved.id, n: saved.version });
    return { saved, asVersion: target !== undefined };
  } finally {
    // Whoever listened is gone, or it is done: either way nothing more is fetched.
    stopped.abort();
  }
}

/** Waits for work, and tells every few seconds how far it is. */
async function* watching<T>(work: Promise<T>, progress: () => Text): AsyncGenerator<Reply, T, undefined> {
  for (;;) {
    const timer = new AbortController();
    const tick = setTimeout(progressEveryMs, 'tick' as const, { signal: timer.signal, ref: false });
    tick.catch(() => {});
    try {
      const first = await Promise.race([work.then((value) => ({ value })), tick]);
      if (first !== 'tick') return first.value;
    } finally {
      timer.abort();
    }
    yield { kind: 'progress', text: progress() };
  }
}

/**
 * The file that a reply to a card is a new version of: the extension must be the same, since another kind of file is
 * hardly meant to be one.
 */
async function fileToReplace(
  { locker }: Context,
  { actor, repliesTo, attachments }: MemberIncoming,
  name: string,
): Promise<FileView | undefined> {
  if (repliesTo === undefined || attachments.length !== 1) return undefined;
  let file: FileView;
  try {
    file = await describeFile(locker, actor, repliesTo);
  } catch (error) {
    if (!isLockerError(error, 'not_found')) throw error;
    return undefined;
  }
  const fits =
    file.access !== 'viewer' && file.trashedAt === null && extension(file.name) === extension(name);
  return fits ? file : undefined;
}

const extension = (name: string): string => (/\.[^.]{1,16}$/.exec(name)?.[0] ?? '').toLowerCase();
