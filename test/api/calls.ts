import { redeemConnectCode } from '../../src/accounts/identities.ts';
import { newUserCode } from '../../src/accounts/user-code.ts';
import { announceJob } from '../../src/jobs/runs.ts';
import { newFileId, newId, newSecret } from '../../src/ids.ts';
import type { Body, Client, TestServer } from '../support/server.ts';
import { upload } from './support.ts';
import { partType, tus } from './tus-support.ts';

/** What the calls are about: everything that a call can name. */
export interface Subject {
  readonly file: string;
  readonly version: number;
  readonly folder: string;
  readonly token: string;
  /** With whom something is shared. */
  readonly handle: string;
  readonly upload: string;
  readonly link: string;
  readonly session: string;
  readonly identity: string;
  readonly userCode: string;
  /** Whom an administrator manages. */
  readonly account: string;
  /** The secret of a link to a file, of a file request and of an upload link. */
  readonly linkToken: string;
  readonly requestToken: string;
  readonly uploadToken: string;
  readonly accessRequest: string;
  /** Name of a job of the clockwork. */
  readonly job: string;
}

export interface SampleCall {
  readonly path: string;
  readonly body?: Body | object;
  readonly headers?: Record<string, string>;
}

/** Names as they should be, of things that never were. */
export const nothing = (): Subject => ({
  file: newFileId(),
  version: 1,
  folder: `/${newId()}`,
  token: newId(),
  handle: 'carol',
  upload: newId(),
  link: newId(),
  session: newId(),
  identity: `telegram:${newNumber()}`,
  userCode: newUserCode(),
  account: `ghost${newFileId()}`,
  linkToken: newSecret(),
  requestToken: newSecret(),
  uploadToken: newSecret(),
  accessRequest: newId(),
  job: `job-${newFileId()}`,
});

const newNumber = () => 1 + Math.floor(Math.random() * 1e9);

/**
 * Makes one of everything for someone. The device code is decided and the secrets of links are those of revoked ones, so
 * that nobody can do anything with them.
 *
 * @param handle of someone to share with.
 * @param account handle of someone to be managed.
 */
export async function oneOfEverything(
  t: TestServer,
  owner: Client,
  { handle, account = handle }: { handle: string; account?: string },
): Promise<Subject> {
  const make = async <T = { id: string }>(path: string, body?: object) => {
    const answer = await owner.json<T>('POST', path, body === undefined ? {} : { body });
    if (answer.status > 201) throw new Error(`${path} answered ${JSON.stringify(answer)}`);
    return answer.body;
  };
  const revoked = async (path: string, body: object) => {
    const { id, url } = await make<{ id: string; url: string }>(path, body);
    await owner.send('DELETE', `/v1/links/${id}`);
    return new URL(url).pathname.slice('/s/'.length);
  };
  const { id: file } = await upload(owner, 'secret.txt', 'hello', { folder: '/work' });
  await owner.send('PUT', `/v1/files/${file}/content`, { body: 'second' });
  await owner.send('PUT', `/v1/files/${file}/grants/${handle}`, { body: { role: 'viewer' } });
  await owner.send('PUT', `/v1/folders/%2Fwork/grants/${handle}`, { body: { role: 'viewer' } });
  const { id: token } = await make('/v1/tokens', { name: 'x', scopes: ['files:read'] });
  const { id: link } = await make(`/v1/files/${file}/links`);
  const begun = await owner.json<{ id: string }>('POST', '/v1/uploads', {
    headers: { ...tus, 'upload-length': '3' },
  });
  const { body: signedIn } = await owner.json<{ sessions: { id: string; current: boolean }[] }>(
    'GET',
    '/v1/me/sessions',
  );
  const identity = `telegram:${newNumber()}`;
  const { code } = await make<{ code: string }>('/v1/me/identities');
  const chat = { door: 'telegram', client: 'telegram', address: 'telegram' } as const;
  await redeemConnectCode(t.locker, chat, { code, identity: { id: identity } });
  const device = await t.stranger.json<{ user_code: string }>('POST', '/v1/device');
  await make('/v1/device/approve', { user_code: device.body.user_code });
  return {
    file,
    version: 1,
    folder: '/work',
    token,
    handle,
    upload: begun.body.id,
    link,
    session: signedIn.sessions.find(({ current }) => current)?.id ?? '',
    identity,
    userCode: device.body.user_code,
    account,
    linkToken: await revoked(`/v1/files/${file}/links`, {}),
    requestToken: await revoked('/v1/requests', { folder: '/inbox', title: 'x' }),
    uploadToken: await revoked('/v1/upload-links', {}),
    accessRequest: await accessRequestFor(t, file),
    job: await announced(t, 'backup'),
  };
}

/** A job, as the clockwork announces it. */
async function announced({ locker }: TestServer, name: string): Promise<string> {
  await announceJob(locker, { name, schedule: '0 3 * * *', nextAt: null });
  return name;
}

/** A request for a file that waits for its owner's answer. */
async function accessRequestFor({ locker }: TestServer, file: string): Promise<string> {
  const { files, accessRequests } = locker.collections;
  const owner = (await files.findOne({ _id: file }))?.owner ?? null;
  const askedAt = locker.now();
  const request = {
    _id: newId(),
    asker: newId(),
    file,
    owner,
    askedAt,
    expiresAt: new Date(askedAt.getTime() + 8 * 24 * 3_600_000),
  };
  await accessRequests.insertOne(request);
  return request._id;
}

/** Collections that every request may change, whatever comes of it. */
const counters: ReadonlySet<string> = new Set(['rates', 'guesses', 'audit', 'auditHead', 'accessRequests']);

/** Everything that is stored, to be compared. */
export async function everything({ locker: { collections } }: TestServer): Promise<string> {
  const kept = Object.entries(collections).filter(([name]) => !counters.has(name));
  const contents = kept.map(async ([name, collection]) => [
    name,
    await (collection as (typeof collections)['files']).find().sort({ _id: 1 }).toArray(),
  ]);
  return JSON.stringify(await Promise.all(contents));
}

/** Forgets who guessed wrong: a table of wrong guesses is no attack. */
export const forgetGuesses = ({ locker }: TestServer) => locker.collections.guesses.deleteMany({});

const folderPath = ({ folder }: Subject) => `/v1/folders/${encodeURIComponent(folder)}`;
const expiresAt = '2099-01-01T00:00:00Z';

/** A call of every operation that is in order: nothing but permission can refuse it. By operation id. */
export const sampleCalls: Readonly<Record<string, (subject: Subject) => SampleCall>> = {
  setup: () => ({ path: '/v1/setup', body: { code: 'none', handle: 'nobody' } }),
  createInvite: () => ({ path: '/v1/invites', body: { role: 'member' } }),
  join: () => ({ path: '/v1/join', body: { code: 'none', handle: 'nobody' } }),
  requestDevice: () => ({ path: '/v1/device', body: { client_id: 'sample', scope: 'files:read' } }),
  describeDevice: ({ userCode }) => ({ path: `/v1/device/${userCode}` }),
  approveDevice: ({ userCode }) => ({ path: '/v1/device/approve', body: { user_code: userCode } }),
  denyDevice: ({ userCode }) => ({ path: '/v1/device/deny', body: { user_code: userCode } }),
  devicePage: () => ({ path: '/device' }),
  token: () => ({ path: '/v1/token', body: { grant_type: 'refresh_token', refresh_token: 'none' } }),
  revokeToken: () => ({ path: '/v1/token/revoke', body: { token: 'none' } }),
  createApiToken: () => ({ path: '/v1/tokens', body: { name: 'sample', scopes: ['files:read'] } }),
  listApiTokens: () => ({ path: '/v1/tokens' }),
  revokeApiToken: ({ token }) => ({ path: `/v1/tokens/${token}` }),
  me: () => ({ path: '/v1/me' }),
  changeMe: () => ({ path: '/v1/me', body: { allowRequests: true } }),
  exportMe: () => ({ path: '/v1/me/export' }),
  eraseMe: () => ({ path: '/v1/me/erasure', body: { handle: 'nobody' } }),
  listSessions: () => ({ path: '/v1/me/sessions' }),
  endSession: ({ session }) => ({ path: `/v1/me/sessions/${session}` }),
  endOtherSessions: () => ({ path: '/v1/me/sessions' }),
  listIdentities: () => ({ path: '/v1/me/identities' }),
  connect: () => ({ path: '/v1/me/identities' }),
  removeIdentity: ({ identity }) => ({ path: `/v1/me/identities/${identity}` }),
  listActivity: () => ({ path: '/v1/activity' }),
  uploadFile: () => ({ path: '/v1/files?name=sample.txt', body: 'sample' }),
  listFiles: () => ({ path: '/v1/files' }),
  describeFile: ({ file }) => ({ path: `/v1/files/${file}` }),
  editFile: ({ file }) => ({ path: `/v1/files/${file}`, body: { description: 'changed' } }),
  deleteFile: ({ file }) => ({ path: `/v1/files/${file}` }),
  restoreFile: ({ file }) => ({ path: `/v1/files/${file}/restore` }),
  download: ({ file }) => ({ path: `/v1/files/${file}/content` }),
  replaceContent: ({ file }) => ({ path: `/v1/files/${file}/content`, body: 'replaced' }),
  uploadOptions: () => ({ path: '/v1/uploads' }),
  createUpload: () => ({
    path: '/v1/uploads',
    body: 'x',
    headers: { ...tus, ...partType, 'upload-length': '1' },
  }),
  describeUpload: (subject) => ({ path: `/v1/uploads/${subject.upload}`, headers: tus }),
  appendToUpload: (subject) => ({
    path: `/v1/uploads/${subject.upload}`,
    body: 'x',
    headers: { ...tus, ...partType, 'upload-offset': '0' },
  }),
  terminateUpload: (subject) => ({ path: `/v1/uploads/${subject.upload}`, headers: tus }),
  listVersions: ({ file }) => ({ path: `/v1/files/${file}/versions` }),
  downloadVersion: ({ file, version }) => ({ path: `/v1/files/${file}/versions/${version}/content` }),
  deleteVersion: ({ file, version }) => ({ path: `/v1/files/${file}/versions/${version}` }),
  proveFile: ({ file }) => ({ path: `/v1/files/${file}/proof` }),
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
  requestAccess: ({ file }) => ({ path: '/v1/access-requests', body: { file } }),
  listAccessRequests: () => ({ path: '/v1/access-requests' }),
  answerAccessRequest: ({ accessRequest }) => ({
    path: `/v1/access-requests/${accessRequest}/answer`,
    body: { answer: 'deny' },
  }),
  describeBackups: () => ({ path: '/v1/admin/backups' }),
  requestBackup: () => ({ path: '/v1/admin/backups' }),
  listJobs: () => ({ path: '/v1/admin/jobs' }),
  listRuns: ({ job }) => ({ path: `/v1/admin/jobs/${job}/runs` }),
  requestRun: ({ job }) => ({ path: `/v1/admin/jobs/${job}/runs` }),
  listAccounts: () => ({ path: '/v1/admin/accounts' }),
  describeAccount: ({ account }) => ({ path: `/v1/admin/accounts/${account}` }),
  changeAccount: ({ account }) => ({
    path: `/v1/admin/accounts/${account}`,
    body: { quotaBytes: 1_000_000, role: 'member', status: 'active' },
  }),
  removeAccount: ({ account }) => ({ path: `/v1/admin/accounts/${account}` }),
  revokeOfAccount: ({ account }) => ({
    path: `/v1/admin/accounts/${account}/revoke`,
    body: { grants: true, links: true, sessions: true, tokens: true },
  }),
  restrictFile: ({ file }) => ({ path: `/v1/admin/files/${file}/restriction`, body: { reason: 'sample' } }),
  releaseFile: ({ file }) => ({ path: `/v1/admin/files/${file}/restriction` }),
  createLink: ({ file }) => ({
    path: `/v1/files/${file}/links`,
    body: { label: 'sample', password: 'open sesame', maxDownloads: 3, expiresAt },
  }),
  listFileLinks: ({ file }) => ({ path: `/v1/files/${file}/links` }),
  listLinks: () => ({ path: '/v1/links' }),
  describeLink: ({ link }) => ({ path: `/v1/links/${link}` }),
  revokeLink: ({ link }) => ({ path: `/v1/links/${link}` }),
  showLink: ({ linkToken }) => ({ path: `/s/${linkToken}` }),
  fetchLink: ({ linkToken }) => ({ path: `/s/${linkToken}`, body: { password: 'none' } }),
  createRequest: () => ({
    path: '/v1/requests',
    body: { folder: '/inbox', title: 'sample', note: 'sample', maxFiles: 3, expiresAt },
  }),
  showRequest: ({ requestToken }) => ({ path: `/r/${requestToken}` }),
  answerRequest: ({ requestToken }) => ({ path: `/r/${requestToken}?name=sample.txt`, body: 'sample' }),
  createUploadLink: () => ({
    path: '/v1/upload-links',
    body: { purpose: 'sample', folder: '/inbox', name: 'sample.txt', expires_in: 3600 },
  }),
  showUploadLink: ({ uploadToken }) => ({ path: `/u/${uploadToken}` }),
  useUploadLink: ({ uploadToken }) => ({ path: `/u/${uploadToken}?name=sample.txt`, body: 'sample' }),
  putUploadLink: ({ uploadToken }) => ({ path: `/u/${uploadToken}?name=sample.txt`, body: 'sample' }),
  live: () => ({ path: '/health/live' }),
  ready: () => ({ path: '/health/ready' }),
  metrics: () => ({ path: '/metrics' }),
};

/** @throws Error for an operation that is new here: give it a call above. */
export function sampleCall(operationId: string, subject: Subject): SampleCall {
  const call = sampleCalls[operationId];
  if (call === undefined) throw new Error(`test/api/calls.ts does not know how to call ${operationId}`);
  return call(subject);
}
