import type { Lifecycle, Request, ResponseToolkit } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import { readMediaType } from '../../src/files/media-type.ts';
import type { UploadLinkDoc } from '../../src/links/documents.ts';
import { type Receipt, receiveThroughLink } from '../../src/links/receive.ts';
import { showUploadLink } from '../../src/links/show-link.ts';
import type { Locker } from '../../src/locker.ts';
import { receiptPage, uploadPage } from '../pages/link-pages.ts';
import { sendPage } from '../pages/page.ts';
import { problems } from '../status.ts';
import { answerPage, errorPage, finishError, wantsPage } from './answer-page.ts';
import { linkGuest } from './link-guest.ts';
import { announcedSha256, contentType, isForm, rawContent } from './receive-body.ts';
import { drainBody, receiveFiles } from './receive-files.ts';

type Kind = UploadLinkDoc['kind'];

/** The page of a link by which files come in. */
export const showUploadPage = (
  locker: Locker,
  request: Request,
  h: ResponseToolkit,
  kind: Kind,
  token: string,
): Promise<Lifecycle.ReturnValue> =>
  answerPage(locker, request, h, async () =>
    sendPage(h, 200, uploadPage(await showUploadLink(locker, linkGuest(request), kind, token))),
  );

/** Receives one file as a raw body. @param name as the query has it. */
export async function receiveRaw(
  locker: Locker,
  request: Request,
  h: ResponseToolkit,
  kind: Kind,
  { token, name }: { token: string; name: string | undefined },
): Promise<Lifecycle.ReturnValue> {
  const receipt = await receiveThroughLink(locker, linkGuest(request), kind, token, {
    name,
    mediaType: readMediaType(contentType(request)),
    content: rawContent(request),
  });
  return h.response({ received: [receipt] }).code(201);
}

/** Receives the files of a form, or a raw body, and answers with a receipt of what this request sent. */
export async function receiveUpload(
  locker: Locker,
  request: Request,
  h: ResponseToolkit,
  kind: Kind,
  { token, name }: { token: string; name: string | undefined },
): Promise<Lifecycle.ReturnValue> {
  if (!isForm(request)) return receiveRaw(locker, request, h, kind, { token, name });
  const receipts: Receipt[] = [];
  try {
    // Before a byte of the form is looked at.
    const view = await showUploadLink(locker, linkGuest(request), kind, token);
    for await (const { filename, mediaType, bytes } of receiveFiles(request)) {
      const content = { bytes, sha256: view.filesLeft === 1 ? announcedSha256(request) : undefined };
      receipts.push(
        await receiveThroughLink(locker, linkGuest(request), kind, token, {
          name: filename,
          mediaType: readMediaType(mediaType),
          content,
        }),
      );
    }
    if (receipts.length === 0) throw new LockerError('bad_request', { hint: 'Choose a file first.' });
  } catch (error) {
    if (!(error instanceof LockerError)) throw error;
    await drainBody(request);
    if (!wantsPage(request)) throw error;
    locker.meter.errors.inc({ code: error.code });
    return refuse(request, h, receipts, error);
  }
  return wantsPage(request)
    ? sendPage(h, 200, receiptPage(receipts, null))
    : h.response({ received: receipts }).code(201);
}

/** Says what arrived before it went wrong: that much is safe. */
function refuse(request: Request, h: ResponseToolkit, receipts: readonly Receipt[], error: LockerError) {
  if (receipts.length === 0) return errorPage(request, h, error);
  const [status, title] = problems[error.code];
  const why =
    error.code === 'not_found' ? 'No more files are taken here.' : `${title}. ${error.details.hint ?? ''}`;
  return finishError(
    request,
    sendPage(h, status, receiptPage(receipts, why)),
    status,
    error.details.retryAfterSeconds,
  );
}
