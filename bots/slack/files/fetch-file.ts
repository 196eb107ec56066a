import { setTimeout } from 'node:timers/promises';
import { AttachmentError } from '../../port/incoming.ts';
import { fileSentences } from '../words.ts';

export interface FileSource {
  readonly url: URL;
  readonly botToken: string;
  /** As Slack announced it. */
  readonly mediaType: string;
  readonly sizeBytes: number | undefined;
}

const retryDelaysMs = [500, 2000];
const longestWaitMs = 30_000;
/** How long Slack may send nothing, milliseconds. */
const idleMs = 60_000;

/**
 * Fetches a file as Slack serves it: 200 with its bytes, all of them and no others. Anything else, a sign-in page above all,
 * is refused before or at the end of the stream, so that it is never saved.
 *
 * @throws AttachmentError.
 */
export async function fetchFile(source: FileSource, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const idle = new AbortController();
  const ended = AbortSignal.any([signal, idle.signal]);
  const response = await request(source, ended, idle);
  const problem = problemOf(source, response);
  if (problem !== undefined) {
    await discard(response);
    throw new AttachmentError(problem);
  }
  return pieces(source, response, signal, idle);
}

async function request(
  { url, botToken }: FileSource,
  signal: AbortSignal,
  idle: AbortController,
): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const timer = globalThis.setTimeout(() => idle.abort(), idleMs);
    try {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${botToken}`, 'accept-encoding': 'identity' },
        redirect: 'manual',
        signal,
      });
      const delayMs = retryDelaysMs[attempt];
      if (delayMs === undefined || !(response.status === 429 || response.status >= 500)) return response;
      await discard(response);
      await setTimeout(Math.max(delayMs, askedToWait(response)), undefined, { signal });
    } catch (error) {
      if (signal.aborted && !idle.signal.aborted) throw error;
      const delayMs = retryDelaysMs[attempt];
      if (delayMs === undefined || idle.signal.aborted)
        throw new AttachmentError(fileSentences.unreachable, { cause: error });
      await setTimeout(delayMs, undefined, { signal });
    } finally {
      clearTimeout(timer);
    }
  }
}

const askedToWait = (response: Response): number => {
  const seconds = Number(response.headers.get('retry-after') ?? '0');
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, longestWaitMs) : 0;
};

function problemOf({ mediaType, sizeBytes }: FileSource, response: Response): string | undefined {
  const { status, headers } = response;
  if (status >= 300 && status < 400) return fileSentences.redirected;
  if (status === 404 || status === 410) return fileSentences.gone;
  if (status === 401 || status === 403) return fileSentences.noAccess;
  if (status !== 200) return fileSentences.refused(status);
  const isPage = /^\s*(?:text\/html|application\/xhtml)/i.test(headers.get('content-type') ?? '');
  // A page that was announced can be told from a sign-in page only by its length.
  if (isPage && (!/html/i.test(mediaType) || sizeBytes === undefined)) return fileSentences.signInPage;
  const length = headers.get('content-length');
  if (sizeBytes !== undefined && length !== null && headers.get('content-encoding') === null) {
    const received = Number(length);
    if (received !== sizeBytes)
      return isPage ? fileSentences.signInPage : fileSentences.sizeDiffers(sizeBytes, received);
  }
  return undefined;
}

async function* pieces(
  { mediaType, sizeBytes }: FileSource,
  response: Response,
  signal: AbortSignal,
  idle: AbortController,
): AsyncGenerator<Uint8Array, void, undefined> {
  const length = response.headers.get('content-length');
  const expected = sizeBytes ?? (length === null ? undefined : Number(length));
  // Without its type in the answer, only the bytes tell a sign-in page.
  const isUnnamed = response.headers.get('content-type') === null && !/html/i.test(mediaType);
  let received = 0;
  // Reset at every piece; the sealer may take its time in between.
  let timer: NodeJS.Timeout | undefined;
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      timer = globalThis.setTimeout(() => idle.abort(), idleMs);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) break;
      if (
        received === 0 &&
        isUnnamed &&
        /^\s*<(?:!doctype html|html)[\s>]/i.test(Buffer.from(value).toString('latin1', 0, 64))
      )
        throw new AttachmentError(fileSentences.signInPage);
      received += value.length;
      if (expected !== undefined && received > expected)
        throw new AttachmentError(fileSentences.sizeDiffersMore(expected));
      yield value;
    }
  } catch (error) {
    if (error instanceof AttachmentError || (signal.aborted && !idle.signal.aborted)) throw error;
    throw new AttachmentError(fileSentences.brokenOff, { cause: error });
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => {});
  }
  if (expected !== undefined && received !== expected)
    throw new AttachmentError(fileSentences.sizeDiffers(expected, received));
}

/** Frees the connection. */
const discard = async (response: Response): Promise<void> => {
  await response.body?.cancel().catch(() => {});
};
