import joi from 'joi';
import { listActivity } from '../../src/audit/activity.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { activityPageSchema } from '../schemas/activity.ts';

interface ActivityQuery {
  cursor?: string;
  limit: number;
  action?: string;
  file?: string;
}

export const activityOperations = [
  operation<unknown, ActivityQuery>({
    method: 'GET',
    path: '/v1/activity',
    id: 'listActivity',
    tag: 'Account',
    summary: 'What happened to my files and account, and who did it',
    description:
      'Newest first: what you did, and what others did, or were refused, with your files and account. Who names someone who signed in.',
    auth: 'files:read',
    query: joi.object({
      cursor: joi.string().max(2048).description('`next` of the page before'),
      limit: joi.number().integer().min(1).max(200).default(50),
      action: joi
        .string()
        .max(64)
        .pattern(/^[a-z-]+(\.[a-z-]+)?$/)
        .description('One action such as file.download, or a group such as file'),
      file: joi.string().lowercase().max(32).description('Only what happened to this file'),
    }),
    answers: { 200: { description: 'A page of what happened', schema: activityPageSchema } },
    handler: async ({ locker, actor, query }) => render(await listActivity(locker, actor, query)),
  }),
];
