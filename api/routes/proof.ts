import joi from 'joi';
import { proveFile } from '../../src/files/proof.ts';
import { untilGone } from '../http/until-gone.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { proofSchema } from '../schemas/files.ts';
import { params } from '../schemas/params.ts';

export const proofOperations = [
  operation<{ id: string }, { version?: number }>({
    method: 'GET',
    path: '/v1/files/{id}/proof',
    id: 'proveFile',
    tag: 'Content',
    summary: 'Prove that what is stored is sealed and whole',
    description:
      'Reads every stored byte of a version, verifies every MAC and the SHA-256, and says where the bytes are and how they begin. ' +
      'Takes as long as a download. Damage is reported, not answered as an error.',
    auth: 'files:read',
    params: params.fileId,
    query: joi.object({
      version: joi.number().integer().min(1).description('Number of the version; the current one if absent'),
    }),
    answers: { 200: { description: 'What was found', schema: proofSchema } },
    errors: ['not_found', 'content_damaged', 'key_missing', 'cancelled'],
    handler: async ({ locker, actor, params: { id }, query, request }) =>
      render(await proveFile(locker, actor, id, { n: query.version, signal: untilGone(request) })),
  }),
];
