/** The place for the upload did not take the bytes. */
export class UploadRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super('Slack refused the bytes of an upload');
    this.name = 'UploadRefused';
    this.status = status;
  }
}

/** How long the other side may take nothing, milliseconds. */
const idleMs = 60_000;

/**
 * Posts bytes as they come, with their exact length: nothing waits in memory but what the connection holds back.
 *
 * @throws UploadRefused; what the content throws; TypeError if the connection breaks.
 */
export async function sendBytes(
  url: URL,
  sizeBytes: number,
  open: () => Promise<AsyncIterable<Uint8Array>>,
  signal: AbortSignal,
): Promise<void> {
  const idle = new AbortController();
  const pieces = (await open())[Symbol.asyncIterator]();
  let failure: { error: unknown } | undefined;
  let timer = globalThis.setTimeout(() => idle.abort(), idleMs);
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(timer);
        timer = globalThis.setTimeout(() => idle.abort(), idleMs);
        try {
          const { done, value } = await pieces.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          failure = { error };
          throw error;
        }
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(sizeBytes) },
      body,
      duplex: 'half',
      // Any other mode makes fetch keep a copy of the whole body, to send it again elsewhere.
      redirect: 'error',
      signal: AbortSignal.any([signal, idle.signal]),
    });
    await response.body?.cancel().catch(() => {});
    if (response.status !== 200) throw new UploadRefused(response.status);
  } catch (error) {
    // Damage in the store is not the network's.
    throw failure === undefined ? error : failure.error;
  } finally {
    clearTimeout(timer);
    await pieces.return?.();
  }
}
