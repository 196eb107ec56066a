import type { Body } from '../support/server.ts';

/** What the calls are about. */
export interface Subject {
  readonly file: string;
  readonly version: number;
  readonly folder: string;
  readonly token: string;
  readonly handle: string;
}

export interface SampleCall {
  readonly path: string;
  readonly body?: Body | object;
  readonly headers?: Record<string, string>;
}

const folderPath = ({ folder }: Subject) => `/v1/folders/${encodeURIComponent(folder)}`;

/** A call of every operation that is in order: nothing but permission can refuse it. By operation id. */
export const sampleCalls: Readonly<Record<string, (subject: Subject) => SampleCall>> = {
  setup: () => ({ path: '/v1/setup', body: { code: 'none', handle: 'nobody' } }),
  createInvite: () => ({ path: '/v1/invites', body: { role: 'member' } }),
  join: () => ({ path: '/v1/join', body: { code: 'none', handle: 'nobody' } }),
  token: () => ({ path: '/v1/token', body: { grant_type: 'refresh_token', refresh_token: 'none' } }),
  revokeToken: () => ({ path: '/v1/token/revoke', body: { token: 'none' } }),
  createApiToken: () => ({ path: '/v1/tokens', body: { name: 'sample', scopes: ['files:read'] } }),
  listApiTokens: () => ({ path: '/v1/tokens' }),
  revokeApiToken: ({ token }) => ({ path: `/v1/tokens/${token}` }),
  me: () => ({ path: '/v1/me' }),
  uploadFile: () => ({ path: '/v1/files?name=sample.txt', body: 'sample' }),
  listFiles: () => ({ path: '/v1/files' }),
  describeFile: ({ file }) => ({ path: `/v1/files/${file}` }),
  editFile: ({ file }) => ({ path: `/v1/files/${file}`, body: { description: 'changed' } }),
  deleteFile: ({ file }) => ({ path: `/v1/files/${file}` }),
  restoreFile: ({ file }) => ({ path: `/v1/files/${file}/restore` }),
  download: ({ file }) => ({ path: `/v1/files/${file}/content` }),
  replaceContent: ({ file }) => ({ path: `/v1/files/${file}/content`, body: 'replaced' }),
  listVersions: ({ file }) => ({ path: `/v1/files/${file}/versions` }),
  downloadVersion: ({ file, version }) => ({ path: `/v1/files/${file}/versions/${version}/content` }),
  deleteVersion: ({ file, version }) => ({ path: `/v1/files/${file}/versions/${version}` }),
  listFolders: () => ({ path: '/v1/folders' }),
  listFileGrants: ({ file }) => ({ path: `/v1/files/${file}/grants` }),
  putFileGrant: ({ file, handle }) => ({
    path: `/v1/files/${file}/grants/${handle}`,
    body: { role: 'viewer' },
  }),
  deleteFileGrant: ({ file, handle }) => ({ path: `/v1/files/${file}/grants/${handle}` }),
  listFolderGrants: (subject) => ({ path: `${folderPath(subject)}/grants` }),
  putFolderGrant: (subject) => ({
    path: `${folderPath(subject)}/grants/${subject.handle}`,
    body: { role: 'viewer' },
  }),
  deleteFolderGrant: (subject) => ({ path: `${folderPath(subject)}/grants/${subject.handle}` }),
  listSharedFolders: () => ({ path: '/v1/grants' }),
  live: () => ({ path: '/health/live' }),
  ready: () => ({ path: '/health/ready' }),
};

/** @throws Error for an operation that is new here: give it a call above. */
export function sampleCall(operationId: string, subject: Subject): SampleCall {
  const call = sampleCalls[operationId];
  if (call === undefined) throw new Error(`test/api/calls.ts does not know how to call ${operationId}`);
  return call(subject);
}
