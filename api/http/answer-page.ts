import type { Lifecycle, Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import type { Locker } from '../../src/locker.ts';
import { deadPage, troublePage } from '../pages/link-pages.ts';
import { sendPage } from '../pages/page.ts';
import { problems } from '../status.ts';

/** True unless the client asks for JSON and not for a page. */
export function wantsPage(request: Request): boolean {
  const accept: unknown = request.headers['accept'];
  return (
    typeof accept !== 'string' ||
    !/\bapplication\/(problem\+)?json\b/.test(accept) ||
    /\btext\/html\b/.test(accept)
  );
}

/** Does the work of a page that strangers see: what goes wrong is said on a page too, unless the client is a program. */
export async function answerPage(
  locker: Locker,
  request: Request,
  h: ResponseToolkit,
  work: () => Promise<Lifecycle.ReturnValue>,
): Promise<Lifecycle.ReturnValue> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LockerError) || !wantsPage(request)) throw error;
    locker.meter.errors.inc({ code: error.code });
    return errorPage(request, h, error);
  }
}

/** Status and page of an error. */
export function errorPage(request: Request, h: ResponseToolkit, error: LockerError): ResponseObject {
  const [status, title] = problems[error.code];
  const { hint = 'Try again later.', retryAfterSeconds } = error.details;
  const page = error.code === 'not_found' ? deadPage : troublePage(title, hint);
  return finishError(request, sendPage(h, status, page), status, retryAfterSeconds);
}

/** What an error says to clients, whatever its body. */
export function finishError(
  request: Request,
  response: ResponseObject,
  status: number,
  retryAfterSeconds: number | undefined,
): ResponseObject {
  if (retryAfterSeconds !== undefined) response.header('retry-after', String(retryAfterSeconds));
  else if (status === 503) response.header('retry-after', '2');
  if (!request.raw.req.complete) response.header('connection', 'close');
  return response;
}
