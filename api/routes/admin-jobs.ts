import joi from 'joi';
import { describeBackups } from '../../src/jobs/describe-backups.ts';
import { listJobs, listRuns, requestRun } from '../../src/jobs/manage-jobs.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { backupsSchema, jobListSchema, jobRunListSchema } from '../schemas/jobs.ts';

const oneJob = joi.object({ name: joi.string().max(64).required().description('Name of a job') });

export const adminJobOperations = [
  operation({
    method: 'GET',
    path: '/v1/admin/backups',
    id: 'describeBackups',
    tag: 'Administration',
    summary: 'Which backups were made, and which were proven to restore',
    auth: 'admin',
    answers: { 200: { description: 'The backups', schema: backupsSchema } },
    handler: async ({ locker, actor }) => render(await describeBackups(locker, actor)),
  }),
  operation({
    method: 'POST',
    path: '/v1/admin/backups',
    id: 'requestBackup',
    tag: 'Administration',
    summary: 'Make a backup as soon as possible',
    auth: 'admin',
    answers: { 202: { description: 'It will be made' } },
    errors: ['not_found'],
    handler: async ({ locker, actor, h }) => {
      await requestRun(locker, actor, 'backup');
      return h.response().code(202);
    },
  }),
  operation({
    method: 'GET',
    path: '/v1/admin/jobs',
    id: 'listJobs',
    tag: 'Administration',
    summary: 'List the jobs of the clockwork, and how their last runs went',
    auth: 'admin',
    answers: { 200: { description: 'The jobs', schema: jobListSchema } },
    handler: async ({ locker, actor }) => ({ jobs: render(await listJobs(locker, actor)) }),
  }),
  operation<{ name: string }>({
    method: 'GET',
    path: '/v1/admin/jobs/{name}/runs',
    id: 'listRuns',
    tag: 'Administration',
    summary: 'List the last runs of a job',
    auth: 'admin',
    params: oneJob,
    answers: { 200: { description: 'The runs, newest first', schema: jobRunListSchema } },
    errors: ['not_found'],
    handler: async ({ locker, actor, params }) => ({
      runs: render(await listRuns(locker, actor, params.name)),
    }),
  }),
  operation<{ name: string }>({
    method: 'POST',
    path: '/v1/admin/jobs/{name}/runs',
    id: 'requestRun',
    tag: 'Administration',
    summary: 'Run a job as soon as possible',
    description: 'One of the instances takes it up within seconds; the list of runs tells how it went.',
    auth: 'admin',
    params: oneJob,
    answers: { 202: { description: 'It will run' } },
    errors: ['not_found'],
    handler: async ({ locker, actor, params, h }) => {
      await requestRun(locker, actor, params.name);
      return h.response().code(202);
    },
  }),
];
