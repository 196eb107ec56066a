import { openFile } from '../../src/files/download.ts';
import { deleteVersion, listVersions } from '../../src/files/versions.ts';
import { sendContent } from '../http/send-content.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { versionListSchema } from '../schemas/files.ts';
import { params } from '../schemas/params.ts';
import { contentAnswers } from './content.ts';

export const versionOperations = [
  operation<{ id: string }>({
    method: 'GET',
    path: '/v1/files/{id}/versions',
    id: 'listVersions',
    tag: 'Content',
    summary: 'List the versions of a file',
    auth: 'files:read',
    params: params.fileId,
    answers: { 200: { description: 'The versions, newest first', schema: versionListSchema } },
    errors: ['not_found', 'restricted', 'content_damaged'],
    handler: async ({ locker, actor, params: { id } }) => ({
      versions: render(await listVersions(locker, actor, id)),
    }),
  }),
  operation<{ id: string; n: number }>({
    method: 'GET',
    path: '/v1/files/{id}/versions/{n}/content',
    id: 'downloadVersion',
    tag: 'Content',
    summary: 'Download one version',
    auth: 'files:read',
    params: params.fileAndVersion,
    answers: contentAnswers,
    errors: [
      'not_found',
      'restricted',
      'precondition_failed',
      'range_not_satisfiable',
      'content_damaged',
      'key_missing',
    ],
    handler: async ({ locker, actor, params: { id, n }, request, h }) =>
      sendContent(request, h, await openFile(locker, actor, id, n)),
  }),
  operation<{ id: string; n: number }>({
    method: 'DELETE',
    path: '/v1/files/{id}/versions/{n}',
    id: 'deleteVersion',
    tag: 'Content',
    summary: 'Delete an old version for good',
    auth: 'files:write',
    params: params.fileAndVersion,
    answers: { 204: { description: 'It is gone for good' } },
    errors: ['not_found', 'forbidden', 'restricted', 'conflict', 'busy', 'content_damaged'],
    handler: async ({ locker, actor, params: { id, n }, h }) => {
      await deleteVersion(locker, actor, id, n);
      return h.response().code(204);
    },
  }),
];
