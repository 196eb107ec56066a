import type { Request } from '@hapi/hapi';

/** Aborts when the client goes away before it was answered, so that work for nobody stops. */
export function untilGone(request: Request): AbortSignal {
  const controller = new AbortController();
  const { res } = request.raw;
  if (res.closed) controller.abort();
  res.once('close', () => {
    if (!res.writableFinished) controller.abort();
  });
  return controller.signal;
}
