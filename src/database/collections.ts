import type { Collection, Db, IndexDescription } from 'mongodb';
import type { AuditDoc } from '../audit/record.ts';
import type { CoverageDoc } from '../maintenance/coverage.ts';
import type { SnapshotDoc } from '../backup/snapshot-ledger.ts';
import type { TombstoneDoc } from '../backup/tombstones.ts';
import { overheadBytes, tokenLength } from '../crypto/fernet.ts';
import type { ChatNoteDoc, InboxDoc, InboxLaneDoc } from '../chats/documents.ts';
import type { JobDoc, JobRequestDoc, JobRunDoc } from '../jobs/documents.ts';
import type { AccessRequestDoc } from '../sharing/access-request-doc.ts';
import type {
  AccountDoc,
  ApiTokenDoc,
  AuditHeadDoc,
  ChunkDoc,
  CodeDoc,
  ContentFileDoc,
  DeviceGrantDoc,
  FileDoc,
  GrantDoc,
  GuessDoc,
  IdentityDoc,
  InstallationDoc,
  LinkDoc,
  RateDoc,
  RestoreDoc,
  SessionDoc,
  UploadDoc,
  UploadTailDoc,
} from './documents.ts';

/** The collections of a locker. Content is in GridFS's default bucket, so that any GridFS tool finds it. */
export interface Collections {
  readonly installation: Collection<InstallationDoc>;
  readonly accounts: Collection<AccountDoc>;
  readonly sessions: Collection<SessionDoc>;
  readonly apiTokens: Collection<ApiTokenDoc>;
  readonly codes: Collection<CodeDoc>;
  readonly deviceGrants: Collection<DeviceGrantDoc>;
  readonly identities: Collection<IdentityDoc>;
  readonly files: Collection<FileDoc>;
  readonly grants: Collection<GrantDoc>;
  readonly accessRequests: Collection<AccessRequestDoc>;
  readonly links: Collection<LinkDoc>;
  readonly uploads: Collection<UploadDoc>;
  readonly uploadTails: Collection<UploadTailDoc>;
  readonly contentFiles: Collection<ContentFileDoc>;
  readonly chunks: Collection<ChunkDoc>;
  readonly rates: Collection<RateDoc>;
  readonly guesses: Collection<GuessDoc>;
  readonly tombstones: Collection<TombstoneDoc>;
  readonly restores: Collection<RestoreDoc>;
  readonly snapshots: Collection<SnapshotDoc>;
  readonly coverage: Collection<CoverageDoc>;
  readonly inbox: Collection<InboxDoc>;
  readonly inboxLanes: Collection<InboxLaneDoc>;
  readonly chatNotes: Collection<ChatNoteDoc>;
  readonly jobs: Collection<JobDoc>;
  readonly jobRuns: Collection<JobRunDoc>;
  readonly jobRequests: Collection<JobRequestDoc>;
  readonly audit: Collection<AuditDoc>;
  readonly auditHead: Collection<AuditHeadDoc>;
}

export const openCollections = (db: Db): Collections => ({
  installation: db.collection('installation'),
  accounts: db.collection('accounts'),
  sessions: db.collection('sessions'),
  apiTokens: db.collection('apiTokens'),
  codes: db.collection('codes'),
  deviceGrants: db.collection('deviceGrants'),
  identities: db.collection('identities'),
  files: db.collection('files'),
  grants: db.collection('grants'),
  accessRequests: db.collection('accessRequests'),
  links: db.collection('links'),
  uploads: db.collection('uploads'),
  uploadTails: db.collection('uploadTails'),
  contentFiles: db.collection('fs.files'),
  chunks: db.collection('fs.chunks'),
  rates: db.collection('rates'),
  guesses: db.collection('guesses'),
  tombstones: db.collection('tombstones'),
  restores: db.collection('restores'),
  snapshots: db.collection('snapshots'),
  coverage: db.collection('coverage'),
  inbox: db.collection('inbox'),
  inboxLanes: db.collection('inboxLanes'),
  chatNotes: db.collection('chatNotes'),
  jobs: db.collection('jobs'),
  jobRuns: db.collection('jobRuns'),
  jobRequests: db.collection('jobRequests'),
  audit: db.collection('audit'),
  auditHead: db.collection('auditHead'),
});

/** Refuses a chunk that is not a raw Fernet token: first byte 0x80, length 57 + 16k with at least one block. */
const chunkValidator = {
  data: { $bitsAllSet: [7], $bitsAllClear: [0, 1, 2, 3, 4, 5, 6], $type: 'binData' },
  $expr: {
    $and: [
      { $gte: [{ $binarySize: '$data' }, tokenLength(0)] },
      { $eq: [{ $mod: [{ $subtract: [{ $binarySize: '$data' }, overheadBytes] }, 16] }, 0] },
    ],
  },
};

/** Expired documents stay for a while, so that a late use gets the right answer rather than none. */
const keepExpiredSeconds = 7 * 24 * 3600;

const indexes: { [Name in keyof Collections]?: IndexDescription[] } = {
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

/**
 * Creates what is missing: the chunks collection with its validator and without block compression (ciphertext does
 * not compress), and all indexes. Safe to run at every start and by several instances at once.
 */
export async function prepareCollections(db: Db): Promise<Collections> {
  const collections = openCollections(db);
  const name = collections.chunks.collectionName;
  const existing = await db.listCollections({ name }, { nameOnly: true }).toArray();
  if (existing.length === 0) {
    await db
      .createCollection(name, {
        validator: chunkValidator,
        storageEngine: { wiredTiger: { configString: 'block_compressor=none' } },
      })
      .catch((error: unknown) => {
        if (!isNamespaceExists(error)) throw error;
      });
  }
  await db.command({
    collMod: name,
    validator: chunkValidator,
    validationLevel: 'strict',
    validationAction: 'error',
  });
  for (const [collection, descriptions] of Object.entries(indexes)) {
    await collections[collection as keyof Collections].createIndexes(descriptions);
  }
  return collections;
}

const isNamespaceExists = (error: unknown) => error instanceof Error && 'code' in error && error.code === 48;
