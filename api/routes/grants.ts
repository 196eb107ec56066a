import type { Schema } from 'joi';
import type { GrantRole } from '../../src/sharing/documents.ts';
import {
  listGrants,
  listSharedFolders,
  putGrant,
  removeGrant,
  type Target,
} from '../../src/sharing/grants.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { params } from '../schemas/params.ts';
import { grantBody, grantListSchema, grantSchema, sharedFolderListSchema } from '../schemas/sharing.ts';

/** The three grant routes of one kind of thing. */
const grantRoutes = <Params>(
  what: 'File' | 'Folder',
  path: string,
  target: (params: Params) => Target,
  schemas: { one: Schema; withHandle: Schema },
) => [
  operation<Params>({
    method: 'GET',
    path: `${path}/grants`,
    id: `list${what}Grants`,
    tag: 'Sharing',
    summary: `List with whom a ${what.toLowerCase()} is shared`,
    auth: 'share',
    params: schemas.one,
    answers: { 200: { description: 'The grants', schema: grantListSchema } },
    errors: ['not_found', 'forbidden', 'invalid_folder'],
    handler: async (call) => ({
      grants: render(await listGrants(call.locker, call.actor, target(call.params))),
    }),
  }),
  operation<Params & { handle: string }, unknown, { role: GrantRole; expiresAt: string | null }>({
    method: 'PUT',
    path: `${path}/grants/{handle}`,
    id: `put${what}Grant`,
    tag: 'Sharing',
    summary: `Share a ${what.toLowerCase()} with someone, or change how`,
    auth: 'share',
    params: schemas.withHandle,
    body: { kind: 'json', optional: true, schema: grantBody },
    answers: { 200: { description: 'The grant', schema: grantSchema } },
    errors: ['not_found', 'forbidden', 'restricted', 'invalid_folder', 'too_many'],
    handler: async ({ locker, actor, params: given, body }) =>
      render(
        await putGrant(locker, actor, target(given), {
          grantee: given.handle,
          role: body.role,
          expiresAt: body.expiresAt === null ? null : new Date(body.expiresAt),
        }),
      ),
  }),
  operation<Params & { handle: string }>({
    method: 'DELETE',
    path: `${path}/grants/{handle}`,
    id: `delete${what}Grant`,
    tag: 'Sharing',
    summary: `Stop sharing a ${what.toLowerCase()} with someone`,
    auth: 'share',
    params: schemas.withHandle,
    answers: { 204: { description: 'They have no access any more' } },
    errors: ['not_found', 'forbidden', 'invalid_folder'],
    handler: async ({ locker, actor, params: given, h }) => {
      await removeGrant(locker, actor, target(given), given.handle);
      return h.response().code(204);
    },
  }),
];

export const grantOperations = [
  ...grantRoutes<{ id: string }>('File', '/v1/files/{id}', ({ id }) => ({ kind: 'file', fileId: id }), {
    one: params.fileId,
    withHandle: params.fileAndHandle,
  }),
  ...grantRoutes<{ path: string }>(
    'Folder',
    '/v1/folders/{path}',
    ({ path }) => ({ kind: 'folder', folder: path }),
    {
      one: params.folder,
      withHandle: params.folderAndHandle,
    },
  ),
  operation({
    method: 'GET',
    path: '/v1/grants',
    id: 'listSharedFolders',
    tag: 'Sharing',
    summary: 'List your folders that are shared',
    auth: 'share',
    answers: { 200: { description: 'The folders, with whom, and how', schema: sharedFolderListSchema } },
    handler: async ({ locker, actor }) => ({ folders: render(await listSharedFolders(locker, actor)) }),
  }),
];
