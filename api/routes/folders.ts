import joi from 'joi';
import { listFolders } from '../../src/files/list-folders.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { folderListSchema } from '../schemas/files.ts';
import { ownerText, whoseOf } from './files.ts';

export const folderOperations = [
  operation<unknown, { owner: string }>({
    method: 'GET',
    path: '/v1/folders',
    id: 'listFolders',
    tag: 'Files',
    summary: 'List the folders that hold files',
    description: 'A folder exists as long as a file is in it.',
    auth: 'files:read',
    query: joi.object({ owner: ownerText }),
    answers: { 200: { description: 'The folders', schema: folderListSchema } },
    errors: ['not_found'],
    handler: async ({ locker, actor, query }) => ({
      folders: render(await listFolders(locker, actor, whoseOf(query.owner))),
    }),
  }),
];
