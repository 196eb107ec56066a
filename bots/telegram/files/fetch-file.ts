import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { File } from 'grammy/types';
import { AttachmentError } from '../../port/incoming.ts';
import { announcedFetchBytes, type Telegram } from '../telegram.ts';
import { isTooLarge, TelegramRefusal, TelegramUnavailable } from '../transport/failures.ts';
import { fetchSentences } from '../words.ts';

/** A sender that is silent for so long is gone. */
const idleMs = 60_000;
/** Pauses before Telegram is asked once more where a file is. */
const pausesMs = [500, 2000];

/**
 * Fetches a file of Telegram's as it comes. Ends with an error if it is not whole: what was stored of it is removed then.
 *
 * @param sizeBytes as Telegram announced it; a different number of bytes is an error.
 * @throws AttachmentError, whose sentence holds no address: addresses hold the token of the bot.
 */
export async function fetchFile(
  telegram: Telegram,
  fileId: string,
  sizeBytes: number | undefined,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const path = await findPath(telegram, fileId, signal);
  const { settings } = telegram;
  const pieces =
    isAbsolute(path) && !settings.isCloud
      ? await readLocal(path)
      : await download(`${settings.apiRoot}/file/bot${settings.token}/${encodePath(path)}`, signal);
  return whole(pieces, sizeBytes);
}

async function findPath(telegram: Telegram, fileId: string, signal: AbortSignal): Promise<string> {
  try {
    const { file_path } = await askPatiently(telegram, fileId, signal);
    if (file_path === undefined) throw new AttachmentError(fetchSentences.gone);
    return file_path;
  } catch (error) {
    if (isTooLarge(error))
      throw new AttachmentError(fetchSentences.tooLarge, { limitBytes: announcedFetchBytes });
    if (error instanceof TelegramRefusal) throw new AttachmentError(fetchSentences.gone);
    if (error instanceof TelegramUnavailable) throw new AttachmentError(fetchSentences.unreachable);
    throw error;
  }
}

async function askPatiently({ api }: Telegram, file_id: string, signal: AbortSignal): Promise<File> {
  for (const pauseMs of pausesMs) {
    try {
      return await api.call('getFile', { file_id }, signal);
    } catch (error) {
      if (!(error instanceof TelegramUnavailable)) throw error;
      await delay(pauseMs, undefined, { signal });
    }
  }
  return api.call('getFile', { file_id }, signal);
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');

async function download(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), idleMs);
  let response: Response;
  try {
    // Redirected, the token would go elsewhere.
    response = await fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, idle.signal]) });
  } catch {
    clearTimeout(timer);
    throw new AttachmentError(fetchSentences.unreachable);
  }
  if (response.status !== 200 || response.body === null) {
    clearTimeout(timer);
    await response.body?.cancel().catch(() => {});
    throw new AttachmentError(fetchSentences.refused(response.status));
  }
  return withIdleTimer(response.body, timer);
}

async function* withIdleTimer(
  body: AsyncIterable<Uint8Array>,
  timer: NodeJS.Timeout,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const piece of body) {
      // Storing it takes its own time, which is not the sender's.
      timer.refresh();
      yield piece;
      timer.refresh();
    }
  } catch {
    throw new AttachmentError(fetchSentences.brokenOff);
  } finally {
    clearTimeout(timer);
  }
}

/** A Bot API server in local mode names a file on a disk that is shared with us. */
async function readLocal(path: string): Promise<AsyncIterable<Uint8Array>> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw new AttachmentError(fetchSentences.unreadable);
  return createReadStream(path, { highWaterMark: 256 * 1024 });
}

async function* whole(
  pieces: AsyncIterable<Uint8Array>,
  sizeBytes: number | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  for await (const piece of pieces) {
    received += piece.length;
    if (sizeBytes !== undefined && received > sizeBytes)
      throw new AttachmentError(fetchSentences.sizeDiffers);
    yield piece;
  }
  if (sizeBytes !== undefined && received < sizeBytes) throw new AttachmentError(fetchSentences.brokenOff);
}
