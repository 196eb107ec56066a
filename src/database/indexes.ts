import type { IndexDescription } from 'mongodb';
import type { Collections } from './collections.ts';

/** Expired documents stay for a while, so that a late use gets the right answer rather than none. */
const keepExpiredSeconds = 7 * 24 * 3600;

/** The indexes of every collection; what is not listed is only looked up by `_id`. */
export const indexes: { [Name in keyof Collections]?: IndexDescription[] } = {
  accounts: [
    { key: { handle: 1 }, unique: true },
    { key: { role: 1 }, unique: true, partialFilterExpression: { role: 'owner' }, name: 'one_owner' },
    { key: { 'pending.id': 1 }, sparse: true },
    { key: { status: 1 }, partialFilterExpression: { status: 'removing' }, name: 'removing' },
  ],
  sessions: [{ key: { account: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: keepExpiredSeconds }],
  apiTokens: [{ key: { account: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: keepExpiredSeconds }],
  codes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
  deviceGrants: [
    { key: { userCode: 1 }, unique: true },
    { key: { expiresAt: 1 }, expireAfterSeconds: keepExpiredSeconds },
  ],
  identities: [{ key: { account: 1 } }],
  files: [
    { key: { owner: 1, updatedAt: -1, _id: -1 } },
    { key: { owner: 1, createdAt: -1, _id: -1 } },
    { key: { owner: 1, sizeBytes: -1, _id: -1 } },
    { key: { owner: 1, folder: 1, updatedAt: -1, _id: -1 } },
    { key: { owner: 1, folders: 1 } },
    { key: { owner: 1, tags: 1, updatedAt: -1, _id: -1 } },
    { key: { owner: 1, words: 1, updatedAt: -1, _id: -1 } },
    { key: { 'versions.id': 1 } },
    {
      key: { owner: 1, origin: 1 },
      unique: true,
      partialFilterExpression: { origin: { $exists: true } },
      name: 'one_per_origin',
    },
  ],
  grants: [
    { key: { grantee: 1 } },
    { key: { owner: 1 } },
    {
      key: { file: 1, grantee: 1 },
      unique: true,
      partialFilterExpression: { kind: 'file' },
      name: 'one_per_file',
    },
    {
      key: { owner: 1, folder: 1, grantee: 1 },
      unique: true,
      partialFilterExpression: { kind: 'folder' },
      name: 'one_per_folder',
    },
  ],
  accessRequests: [
    { key: { asker: 1, file: 1 }, unique: true },
    { key: { owner: 1 } },
    { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  ],
  rates: [
    { key: { key: 1 }, unique: true },
    { key: { expire: 1 }, expireAfterSeconds: 0 },
  ],
  guesses: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
  audit: [
    { key: { account: 1, _id: -1 } },
    { key: { owner: 1, _id: -1 } },
    { key: { file: 1, _id: -1 }, partialFilterExpression: { file: { $type: 'string' } }, name: 'by_file' },
  ],
  links: [
    { key: { token: 1 }, unique: true },
    { key: { owner: 1, createdAt: -1 } },
    { key: { file: 1 }, sparse: true },
    { key: { reader: 1 }, sparse: true },
    { key: { 'deliveries.at': 1 }, sparse: true },
    { key: { 'uploads.at': 1 }, sparse: true },
    { key: { expiresAt: 1 }, expireAfterSeconds: keepExpiredSeconds },
    { key: { revokedAt: 1 }, expireAfterSeconds: keepExpiredSeconds },
  ],
  inbox: [
    { key: { chat: 1, lane: 1, seq: 1 }, partialFilterExpression: { state: 'open' }, name: 'open' },
    { key: { endedAt: 1 }, expireAfterSeconds: 3 * 24 * 3600 },
  ],
  inboxLanes: [{ key: { until: 1 }, expireAfterSeconds: 3600 }],
  chatNotes: [{ key: { identity: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
  snapshots: [
    { key: { createdAt: -1 } },
    { key: { verifiedAt: -1 } },
    { key: { removedAt: 1 }, expireAfterSeconds: 400 * 24 * 3600 },
  ],
  jobRuns: [
    { key: { job: 1, dueAt: 1 }, unique: true },
    { key: { job: 1, startedAt: -1 } },
    { key: { startedAt: 1 }, expireAfterSeconds: 400 * 24 * 3600 },
  ],
  uploads: [{ key: { account: 1 } }, { key: { expiresAt: 1 } }],
  uploadTails: [{ key: { upload: 1 } }],
  contentFiles: [{ key: { filename: 1, uploadDate: 1 } }],
  chunks: [{ key: { files_id: 1, n: 1 }, unique: true }],
};
