import type { Collection, Db } from 'mongodb';
import type {
  AccountDoc,
  ApiTokenDoc,
  CodeDoc,
  DeviceGrantDoc,
  IdentityDoc,
  InstallationDoc,
  SessionDoc,
} from '../accounts/documents.ts';
import type { AuditHeadDoc } from '../audit/documents.ts';
import type { AuditDoc } from '../audit/record.ts';
import type { RestoreDoc } from '../backup/documents.ts';
import type { SnapshotDoc } from '../backup/snapshot-ledger.ts';
import type { TombstoneDoc } from '../backup/tombstones.ts';
import type { ChatNoteDoc, InboxDoc, InboxLaneDoc } from '../chats/documents.ts';
import type { FileDoc } from '../files/documents.ts';
import type { JobDoc, JobRequestDoc, JobRunDoc } from '../jobs/documents.ts';
import type { GuessDoc, RateDoc } from '../limits/documents.ts';
import type { LinkDoc } from '../links/documents.ts';
import type { CoverageDoc } from '../maintenance/coverage.ts';
import type { AccessRequestDoc, GrantDoc } from '../sharing/documents.ts';
import type { ChunkDoc, ContentFileDoc } from '../storage/documents.ts';
import type { UploadDoc, UploadTailDoc } from '../uploads/documents.ts';

/**
 * The collections of a locker. What MongoDB sees in the clear is whatever is not called sealed and is no keyed token:
 * ids, sizes, times and permissions. Content is in GridFS's default bucket, so that any GridFS tool finds it.
 */
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
