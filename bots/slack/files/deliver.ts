import { createHash } from 'node:crypto';
import { LockerError } from '../../../src/errors.ts';
import type { Delivery } from '../../port/reply.ts';
import { fallbackText } from '../render/escape.ts';
import type { Answers } from '../ways/answers.ts';
import type { Slack } from '../slack.ts';
import { SlackRefusal, SlackUnavailable } from '../transport/web.ts';
import { originOf } from './file-hosts.ts';
import { sendBytes, UploadRefused } from './send-bytes.ts';

/** Why Slack did not take a file: as far as it is worth a word. */
export type Refused = 'too-large' | 'switched-off' | 'refused';

const refusals: Readonly<Record<string, Refused>> = {
  file_upload_size_restricted: 'too-large',
  status_413: 'too-large',
  file_uploads_disabled: 'switched-off',
  file_uploads_except_images_disabled: 'switched-off',
};

export interface Place {
  readonly channel: string;
  readonly threadTs: string | undefined;
}

/** How long Slack may ask to wait before a link is given instead, milliseconds. */
const patienceMs = 30_000;

/**
 * Delivers a file into a conversation, streamed with its exact length and never held whole.
 *
 * @returns `sent`, or why Slack does not take it. Then nothing was sent.
 * @throws LockerError `content_damaged`, `key_missing` from the content itself.
 */
export async function deliver(
  slack: Slack,
  delivery: Delivery,
  place: Place,
  answers: Answers | undefined,
  signal: AbortSignal,
): Promise<'sent' | Refused> {
  const { web, locker } = slack;
  const { channel, threadTs } = place;
  const { file, sizeBytes, text, deleteAfterSeconds } = delivery;
  try {
    if ((await answers?.isDelivered(place)) === true) return 'sent';
    const { upload_url, file_id } = await web.call(
      'files.getUploadURLExternal',
      { filename: file.name, length: sizeBytes },
      { signal, patienceMs },
    );
    const url = slack.files.allow(typeof upload_url === 'string' ? upload_url : undefined);
    if (url === undefined || typeof file_id !== 'string')
      return refused(
        slack,
        `an upload to ${originOf(typeof upload_url === 'string' ? upload_url : undefined)}`,
      );
    await sendBytes(url, sizeBytes, () => delivery.open(), signal);
    // Before it is there: whatever happens to this process, the copy goes in time.
    if (deleteAfterSeconds !== null) await deleteLater(slack, file_id, deleteAfterSeconds);
    await answers?.sending(file_id);
    await web.call(
      'files.completeUploadExternal',
      {
        files: [{ id: file_id, title: file.name }],
        channel_id: channel,
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
        ...(text === undefined ? {} : { initial_comment: fallbackText(text) }),
      },
      { signal, patienceMs },
    );
    return 'sent';
  } catch (error) {
    if (signal.aborted || error instanceof LockerError) throw error;
    if (error instanceof SlackRefusal) return refused(slack, error.code);
    if (error instanceof UploadRefused) return refused(slack, `status_${error.status}`);
    if (error instanceof SlackUnavailable) return refused(slack, 'unavailable');
    locker.log.warn({ err: error }, 'a file could not be sent to Slack');
    return 'refused';
  }
}

async function deleteLater(slack: Slack, file: string, afterSeconds: number): Promise<void> {
  const { inbox, now } = slack.locker;
  const id = `slack:delete:${createHash('sha256').update(file).digest('base64url')}`;
  await inbox.put({
    id,
    chat: 'slack',
    lane: id,
    payload: { kind: 'delete-file', file },
    notBefore: new Date(now().getTime() + afterSeconds * 1000),
  });
}

function refused(slack: Slack, reason: string): Refused {
  slack.locker.log.warn({ reason }, 'Slack did not take a file, so a link is given instead');
  return refusals[reason] ?? 'refused';
}
