import { Readable } from 'node:stream';
import type { Request, ResponseToolkit } from '@hapi/hapi';
import joi from 'joi';
import { isLockerError } from '../../src/errors.ts';
import { type Delivery, deliverLink } from '../../src/links/deliver.ts';
import { showDownloadLink } from '../../src/links/show-link.ts';
import type { Locker } from '../../src/locker.ts';
import { answerPage, wantsPage } from '../http/answer-page.ts';
import { nameDelivery, resumedDelivery } from '../http/delivery-cookie.ts';
import { linkGuest } from '../http/link-guest.ts';
import { answerContent, type Selected, selectRange } from '../http/send-content.ts';
import { operation } from '../operation.ts';
import { downloadPage, passwordPage } from '../pages/link-pages.ts';
import { sendPage } from '../pages/page.ts';
import { params } from '../schemas/params.ts';
import { contentAnswers } from './content.ts';

const { 200: content, 206: part } = contentAnswers;

/** What strangers do with a link to a file. */
export const publicLinkOperations = [
  operation<{ token: string }>({
    method: 'GET',
    path: '/s/{token}',
    id: 'showLink',
    tag: 'Links',
    summary: 'Look at a link to a file',
    description: 'A page for people. Never takes a download. All links that are no good look the same.',
    auth: 'public',
    params: params.linkToken,
    answers: { 200: { description: 'The page', mediaType: 'text/html' } },
    errors: ['not_found', 'content_damaged'],
    errorPages: true,
    handler: async ({ locker, params: { token }, request, h }) =>
      answerPage(locker, request, h, async () => {
        const { file } = await showDownloadLink(locker, linkGuest(request), token);
        return sendPage(h, 200, file === null ? passwordPage(null) : downloadPage(file));
      }),
  }),
  operation<{ token: string }, unknown, { password?: string } | null>({
    method: 'POST',
    path: '/s/{token}',
    id: 'fetchLink',
    tag: 'Links',
    summary: 'Fetch the file of a link',
    description:
      'Takes one download once all bytes have left. To fetch it in parts, or to go on after an interruption, send Range with the `Coffer-Delivery` header ' +
      '(or cookie) of the first answer: all parts of one delivery are one download. A delivery can be taken up for two minutes.',
    auth: 'public',
    params: params.linkToken,
    body: {
      kind: 'json-or-form',
      optional: true,
      schema: joi
        .object({ password: joi.string().allow('').max(1024) })
        .empty(joi.valid(null, ''))
        .default({}),
    },
    answers: {
      200: {
        description: 'The content',
        ...content,
        headers: {
          ...content?.headers,
          'Coffer-Delivery': 'Names the delivery',
          'Set-Cookie': 'The same for browsers',
        },
      },
      206: { description: 'The part that was asked for', ...part },
    },
    errors: [
      'not_found',
      'wrong_password',
      'range_not_satisfiable',
      'too_many',
      'busy',
      'content_damaged',
      'key_missing',
    ],
    errorPages: true,
    handler: async ({ locker, params: { token }, body, request, h }) =>
      answerPage(locker, request, h, () => deliver(locker, request, h, token, body?.password)),
  }),
];

async function deliver(
  locker: Locker,
  request: Request,
  h: ResponseToolkit,
  token: string,
  password: string | undefined,
) {
  let selected: Selected | undefined;
  let delivery: Delivery;
  try {
    delivery = await deliverLink(locker, linkGuest(request), token, {
      password,
      resume: resumedDelivery(request),
      choose: (version) => (selected = selectRange(request, version)).range,
    });
  } catch (error) {
    if (!isLockerError(error, 'wrong_password') || !wantsPage(request)) throw error;
    return sendPage(h, 403, passwordPage(password === undefined ? null : 'The password is not right.'));
  }
  const { res } = request.raw;
  const settle = () => void delivery.end(res.writableFinished);
  if (res.closed) settle();
  else res.once('close', settle);
  const response = answerContent(
    h,
    delivery,
    selected ?? { range: delivery.range, partial: false },
    Readable.from(delivery.bytes, { objectMode: false }),
  );
  nameDelivery(request, response, delivery.secret, `/s/${token}`);
  return response;
}
