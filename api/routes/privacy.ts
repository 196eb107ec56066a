import { Readable } from 'node:stream';
import joi from 'joi';
import { eraseMyself } from '../../src/privacy/erase-myself.ts';
import { exportAccount } from '../../src/privacy/export-account.ts';
import { zipOf } from '../../src/privacy/zip.ts';
import { attachment } from '../http/content-disposition.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { erasureReceiptSchema } from '../schemas/accounts.ts';

export const privacyOperations = [
  operation<unknown, { without: string }>({
    method: 'GET',
    path: '/v1/me/export',
    id: 'exportMe',
    tag: 'Account',
    summary: 'Everything about me, as a ZIP archive',
    description:
      'Account, sign-ins, shares, links, activity, and every version of every file, the trash included, in the clear. What cannot be read is left out and named in its PROBLEMS.txt; what changes while it is sent ends the connection, and an archive that was cut off does not open. For people only, not for named API tokens.',
    auth: 'files:read',
    query: joi.object({
      without: joi
        .string()
        .allow('')
        .max(2048)
        .default('')
        .description('Ids of files whose content is left out, separated by commas'),
    }),
    answers: {
      200: {
        description: 'The archive',
        mediaType: 'application/zip',
        headers: { 'Content-Disposition': 'A name to save it under' },
      },
    },
    errors: ['forbidden'],
    handler: async ({ locker, actor, query, request, h }) => {
      const gone = new AbortController();
      const { handle, parts } = await exportAccount(locker, actor, {
        signal: gone.signal,
        without: query.without.split(',').map((id) => id.trim().toLowerCase()),
      });
      const day = locker.now().toISOString().slice(0, 10);
      const archive = request.method === 'head' ? Readable.from([], { objectMode: false }) : zipOf(parts);
      archive.once('close', () => gone.abort());
      return h
        .response(archive)
        .type('application/zip')
        .header('content-disposition', attachment(`coffer-${handle}-${day}.zip`))
        .header('cache-control', 'no-store');
    },
  }),
  operation<unknown, unknown, { handle: string }>({
    method: 'POST',
    path: '/v1/me/erasure',
    id: 'eraseMe',
    tag: 'Account',
    summary: 'Erase my account and everything in it for good',
    description:
      'Its keys are destroyed first, so that nothing of it can be read any more; the rest is deleted. Restores of older backups leave it out. The activity of others keeps ids, and no names. Nobody can undo this. For people only, not for named API tokens, nor for the owner of the installation.',
    auth: 'files:write',
    body: {
      kind: 'json',
      schema: joi.object({
        handle: joi.string().max(64).required().description('Your own handle, to say that you mean it'),
      }),
    },
    answers: { 200: { description: 'It is gone; keep this receipt', schema: erasureReceiptSchema } },
    errors: ['forbidden', 'busy'],
    handler: async ({ locker, actor, body }) => render(await eraseMyself(locker, actor, body.handle)),
  }),
];
