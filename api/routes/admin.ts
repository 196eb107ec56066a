import joi from 'joi';
import { type AccountChange, changeAccount } from '../../src/admin/change-account.ts';
import { describeAccount, listAccounts } from '../../src/admin/list-accounts.ts';
import { removeAccount } from '../../src/admin/remove-account.ts';
import { releaseFile, restrictFile } from '../../src/admin/restrict-file.ts';
import { type Revocation, revokeOfAccount } from '../../src/admin/revoke.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import {
  accountPageSchema,
  accountSummarySchema,
  erasureReceiptSchema,
  restrictionSchema,
  revokedSchema,
} from '../schemas/accounts.ts';
import { handleText, params } from '../schemas/params.ts';

const oneAccount = joi.object({ handle: handleText.required().description('Handle of an account') });
const revocable = joi.boolean().default(false);

export const adminOperations = [
  operation<unknown, { cursor?: string; limit: number }>({
    method: 'GET',
    path: '/v1/admin/accounts',
    id: 'listAccounts',
    tag: 'Administration',
    summary: 'List all accounts',
    auth: 'admin',
    query: joi.object({
      cursor: joi.string().max(2048).description('`next` of the page before'),
      limit: joi.number().integer().min(1).max(200).default(50),
    }),
    answers: { 200: { description: 'A page of accounts, by handle', schema: accountPageSchema } },
    handler: async ({ locker, actor, query }) => render(await listAccounts(locker, actor, query)),
  }),
  operation<{ handle: string }>({
    method: 'GET',
    path: '/v1/admin/accounts/{handle}',
    id: 'describeAccount',
    tag: 'Administration',
    summary: 'Describe an account',
    auth: 'admin',
    params: oneAccount,
    answers: { 200: { description: 'The account', schema: accountSummarySchema } },
    errors: ['not_found'],
    handler: async ({ locker, actor, params: { handle } }) =>
      render(await describeAccount(locker, actor, handle)),
  }),
  operation<{ handle: string }, unknown, AccountChange>({
    method: 'PATCH',
    path: '/v1/admin/accounts/{handle}',
    id: 'changeAccount',
    tag: 'Administration',
    summary: 'Change quota, role or status of an account',
    description:
      'A suspension works at its next request. Nobody changes the owner, their own role or status, and only the owner changes administrators.',
    auth: 'admin',
    params: oneAccount,
    body: {
      kind: 'json',
      schema: joi
        .object({
          quotaBytes: joi.number().integer().min(0).unit('bytes'),
          maxFiles: joi
            .number()
            .integer()
            .min(0)
            .allow(null)
            .description('How many files it may have; null for as many as fit'),
          role: joi.string().valid('admin', 'member'),
          status: joi.string().valid('active', 'suspended'),
        })
        .min(1),
    },
    answers: { 200: { description: 'The account as it is now', schema: accountSummarySchema } },
    errors: ['not_found', 'forbidden', 'conflict', 'busy'],
    handler: async ({ locker, actor, params: { handle }, body }) =>
      render(await changeAccount(locker, actor, handle, body)),
  }),
  operation<{ handle: string }>({
    method: 'DELETE',
    path: '/v1/admin/accounts/{handle}',
    id: 'removeAccount',
    tag: 'Administration',
    summary: 'Remove an account and everything in it for good',
    description:
      'Its keys are destroyed first, so that nothing of it can be read any more; what is left of its content goes with the next sweep. The handle is free again then.',
    auth: 'admin',
    params: oneAccount,
    answers: { 200: { description: 'It is gone; a receipt', schema: erasureReceiptSchema } },
    errors: ['not_found', 'forbidden', 'busy'],
    handler: async ({ locker, actor, params: { handle } }) =>
      render(await removeAccount(locker, actor, handle)),
  }),
  operation<{ handle: string }, unknown, Revocation>({
    method: 'POST',
    path: '/v1/admin/accounts/{handle}/revoke',
    id: 'revokeOfAccount',
    tag: 'Administration',
    summary: 'Revoke what an account shares, or its sign-ins, at once',
    auth: 'admin',
    params: oneAccount,
    body: {
      kind: 'json',
      schema: joi.object({
        grants: revocable.description('What it shares with others'),
        links: revocable.description('Its links'),
        sessions: revocable.description('Where it is signed in'),
        tokens: revocable.description('Its named API tokens'),
      }),
    },
    answers: { 200: { description: 'How many of each', schema: revokedSchema } },
    errors: ['not_found', 'forbidden'],
    handler: async ({ locker, actor, params: { handle }, body }) =>
      revokeOfAccount(locker, actor, handle, body),
  }),
  operation<{ id: string }, unknown, { reason?: string }>({
    method: 'PUT',
    path: '/v1/admin/files/{id}/restriction',
    id: 'restrictFile',
    tag: 'Administration',
    summary: 'Keep everyone from a file until it is lifted',
    description: 'Its owner still sees that it is there. Nobody can fetch, share or link it.',
    auth: 'admin',
    params: params.fileId,
    body: {
      kind: 'json',
      optional: true,
      schema: joi
        .object({ reason: joi.string().trim().max(500).description('What its owner is told') })
        .empty(null)
        .default({}),
    },
    answers: { 200: { description: 'It is restricted', schema: restrictionSchema } },
    errors: ['not_found', 'forbidden'],
    handler: async ({ locker, actor, params: { id }, body }) =>
      render(await restrictFile(locker, actor, id, body)),
  }),
  operation<{ id: string }>({
    method: 'DELETE',
    path: '/v1/admin/files/{id}/restriction',
    id: 'releaseFile',
    tag: 'Administration',
    summary: 'Lift the restriction of a file',
    auth: 'admin',
    params: params.fileId,
    answers: { 204: { description: 'It can be used again' } },
    errors: ['not_found', 'forbidden'],
    handler: async ({ locker, actor, params: { id }, h }) => {
      await releaseFile(locker, actor, id);
      return h.response().code(204);
    },
  }),
];
