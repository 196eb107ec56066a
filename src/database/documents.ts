/**
 * What MongoDB holds. Fields are in the clear unless they are called sealed or are keyed tokens: ids, sizes, times and permissions.
 */
import type { Binary, ObjectId } from 'mongodb';
import type { Door } from '../audit/record.ts';

export interface StoredKey {
  token: Binary;
  keyId: string;
}

/** The installation as such: one document. */
export interface InstallationDoc {
  _id: 'installation';
  format: 1;
  /** Key of the audit trail, wrapped. */
  auditKey: StoredKey;
  /** Hashes of the setup codes that instances showed, the latest last; empty once the installation is claimed. */
  setupHashes: Binary[];
  createdAt: Date;
}

/** How long the audit trail is: one document. */
export interface AuditHeadDoc {
  _id: 'head';
  seq: number;
  /** Over the number and the MAC of that record. */
  mac: Binary;
}

export type Role = 'owner' | 'admin' | 'member';

/** A version on its way in or out, kept until its bytes are settled: what a crash leaves for the sweep. */
export interface PendingVersion {
  id: ObjectId;
  /** `delete-file` is about the entry as a whole, whose first version `id` was. */
  kind: 'upload' | 'delete' | 'delete-file';
  bytes: number;
  /** Last sign of life. */
  at: Date;
  /** Of an upload: what it adds to the count of files, 1 for a new file, 0 for another version. */
  files?: 0 | 1;
  /** Of `delete-file`: the entry that goes. */
  file?: string;
  /** Of a deletion: tells the notes of one attempt from those of another. */
  attempt?: ObjectId;
  /** Of a deletion: false until it was seen, after this was noted, that what goes is still there. */
  sure?: boolean;
}

export interface AccountDoc {
  _id: string;
  handle: string;
  role: Role;
  /** `removing`: gone for everyone; what is left of it is being deleted. */
  status: 'active' | 'suspended' | 'removing';
  key: StoredKey;
  quotaBytes: number;
  /** Plaintext bytes of all versions, the trash included. */
  usedBytes: number;
  /** Sum of `pending` bytes of kind upload. Used and pending together never exceed the quota. */
  pendingBytes: number;
  pending: PendingVersion[];
  /** Files, those in the trash and new ones on their way in included. */
  fileCount: number;
  /** How many files it may have; null for as many as fit. */
  maxFiles: number | null;
  createdAt: Date;
  /** True if others may ask for access to its files. */
  allowRequests?: boolean;
}

/** A sign-in: one family of refresh tokens. */
export interface SessionDoc {
  _id: string;
  account: string;
  client: string;
  door: Door;
  address: string;
  /** What the session may do at most; null for whatever the role allows. */
  scopes: Scope[] | null;
  refreshHash: Binary;
  /** Hashes that were already exchanged: seeing one again means that a token was stolen. */
  usedHashes: Binary[];
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
}

export type Scope = 'files:read' | 'files:write' | 'share' | 'admin';

/** A named API token. The token itself is a signed JWT and is not stored. */
export interface ApiTokenDoc {
  _id: string;
  account: string;
  name: string;
  scopes: Scope[];
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  /** Master key from which the key that signed it derives: it is good only as long as the keyring has it. */
  keyId: string;
}

/** A one-time code, stored as its hash. */
export interface CodeDoc {
  _id: Binary;
  purpose: 'invite' | 'sign-in' | 'connect';
  /** Who made it; null for the operator's command line. */
  createdBy: string | null;
  /** Role of the account that an invite makes. */
  role: Role | null;
  /** Account that a sign-in or connect code opens. */
  account: string | null;
  /** What the one who is let in may do at most; null for whatever the role allows. */
  scopes: Scope[] | null;
  createdAt: Date;
  expiresAt: Date;
}

/** A proven way into an account, beside sessions and tokens: a chat. */
export interface IdentityDoc {
  /** `telegram:<user>` or `slack:<team>:<user>`. */
  _id: string;
  account: string;
  /** What the identity may do at most; null for whatever the role allows. */
  scopes: Scope[] | null;
  /** How the chat shows the person, sealed under the account's key. */
  label: Binary | null;
  createdAt: Date;
}

/** A device that waits for someone to approve its sign-in (RFC 8628). */
export interface DeviceGrantDoc {
  /** Hash of the device code. */
  _id: Binary;
  /** Hash of the user code. */
  userCode: Binary;
  client: string;
  door: Door;
  address: string;
  /** What it asked for. */
  scopes: Scope[];
  status: 'pending' | 'approved' | 'denied' | 'used';
  /** Who decided. */
  account: string | null;
  /** What was approved. */
  granted: Scope[];
  intervalSeconds: number;
  /** A poll before this is too fast. */
  nextPollAt: Date;
  /** Whether the last poll was. */
  tooFast: boolean;
  createdAt: Date;
  expiresAt: Date;
}

/** What an administrator said about a file that nobody may use for now. */
export interface RestrictionDoc {
  at: Date;
  /** Account of the administrator. */
  by: string;
  /** Text for the owner, sealed under the owner's key. */
  reason: Binary | null;
}

export interface VersionDoc {
  n: number;
  /** The GridFS file. */
  id: ObjectId;
  sizeBytes: number;
  /** The file key, wrapped. */
  key: StoredKey;
  createdAt: Date;
  /** Account that wrote it: the owner or an editor; `link:<id>` for a stranger who sent it through a link. */
  createdBy: string;
}

/** An entry of a locker. */
export interface FileDoc {
  _id: string;
  owner: string;
  /** Counts changes; every update is guarded by it. */
  revision: number;
  /** Name, folder, tags, type, description and hashes: FORMAT.md section 4. */
  sealed: Binary;
  /** Keyed token of the folder. */
  folder: Binary;
  /** Keyed tokens of the folder and all folders above it. */
  folders: Binary[];
  /** Keyed tokens of the tags. */
  tags: Binary[];
  /** Blind index of the words. */
  words: number[];
  /** Size of the current version. */
  sizeBytes: number;
  /** Oldest first; the last one is current. */
  versions: VersionDoc[];
  createdAt: Date;
  updatedAt: Date;
  trashedAt: Date | null;
  /** Set while the content may not be fetched, shared or linked by anyone. */
  restriction?: RestrictionDoc;
  /** Keyed token of the message that it came with: that is saved once. */
  origin?: Binary;
}

export type GrantRole = 'viewer' | 'editor';

interface GrantBase {
  _id: string;
  owner: string;
  grantee: string;
  role: GrantRole;
  createdAt: Date;
  expiresAt: Date | null;
  /** When the grantee first opened something by it. */
  openedAt?: Date;
  /** Good for opening the file one time, and gone then. */
  once?: true;
}
export interface FileGrantDoc extends GrantBase {
  kind: 'file';
  file: string;
}
export interface FolderGrantDoc extends GrantBase {
  kind: 'folder';
  folder: Binary;
  /** The folder's path, sealed under the owner's key. */
  sealed: Binary;
}
export type GrantDoc = FileGrantDoc | FolderGrantDoc;

/** What an account or address used of a budget in the present window, as rate-limiter-flexible keeps it. */
export interface RateDoc {
  _id: ObjectId;
  key: string;
  points: number;
  expire: Date;
}

/** Failed guesses of one source, or at one target, in the present window. */
export interface GuessDoc {
  _id: string;
  count: number;
  /** No guess is let through before that. */
  bannedUntil: Date | null;
  /** The count starts anew then. */
  expiresAt: Date;
}

/** A delivery of a link that was started and is not settled. */
export interface LinkDelivery {
  /** Hash of the secret by which its client takes it up again. */
  id: Binary;
  /** Counts changes; every update is guarded by it. */
  revision: number;
  /** The version that it delivers. */
  version: ObjectId;
  startedAt: Date;
  /** Last sign of life. */
  at: Date;
  /** Requests that are sending at this moment. */
  flights: number;
  /** True once it was interrupted: its use is given back, and it may be taken up again if there is still one left. */
  released: boolean;
  /** True if its last byte may have left, or it skipped bytes: then its use is never given back by age. */
  spent: boolean;
  /** What has left, in order and apart from each other. */
  ranges: { start: number; end: number }[];
  /** Who fetches, sealed. */
  who: Binary;
}

/** Something that happened at a link. */
export interface LinkEvent {
  at: Date;
  outcome: 'delivered' | 'interrupted' | 'received';
  /** Who it was, sealed. */
  who: Binary;
  /** What was received. */
  file: string | null;
  bytes: number;
}

/** An upload through a link on its way in. */
export interface LinkUpload {
  id: ObjectId;
  /** Bytes set aside of what the link takes in all. */
  bytes: number;
  /** Last sign of life. */
  at: Date;
  /** The version it is about to become part of a file as: then only a look at the files tells how it ended. */
  version: ObjectId | null;
  who: Binary;
}

interface LinkBase {
  _id: string;
  owner: string;
  /** Hash of the token in its address. */
  token: Binary;
  /** What only its owner may read: title, note, folder, purpose; FORMAT.md section 4. */
  sealed: Binary;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** Deliveries, or files received. */
  used: number;
  /** The last ones that succeeded, oldest first. */
  events: LinkEvent[];
  /** The last ones that did not. */
  failures: LinkEvent[];
}
/** A link by which strangers fetch one file. */
export interface DownloadLinkDoc extends LinkBase {
  kind: 'download';
  file: string;
  password: { salt: Binary; hash: Binary } | null;
  wrongPasswords: number;
  /** How many deliveries it is good for; null for any number. Used and running together never exceed it. */
  limit: number | null;
  deliveries: LinkDelivery[];
  /** Account that it was made for, which is not the owner: good only as long as that one may see the file. */
  reader?: string;
}
/** A link by which strangers send files: a request of a person, or an upload link that a chat handed out. */
export interface UploadLinkDoc extends LinkBase {
  kind: 'request' | 'upload';
  /** How many files it takes; null for any number. */
  limit: number | null;
  maxBytes: number | null;
  maxFileBytes: number | null;
  usedBytes: number;
  uploads: LinkUpload[];
}
export type LinkDoc = DownloadLinkDoc | UploadLinkDoc;

/** A resumable upload, until some days after its last sign of life. */
export interface UploadDoc {
  _id: string;
  /** Account that sends: nobody else can touch it. */
  account: string;
  /** Account whose quota pays and whose the file will be. */
  owner: string;
  /** Id that the file will have: fixed before the commit, so that it can only be committed once. */
  fileId: string;
  /** The content on its way in. */
  version: ObjectId;
  /** The file key, wrapped. */
  key: StoredKey;
  /** What its sender said of it, sealed under the sender's key: FORMAT.md section 4. */
  sealed: Binary;
  /** Null until it is declared. */
  sizeBytes: number | null;
  /** Bytes that are stored for good. Equal to `sizeBytes` only once the file is committed. */
  offsetBytes: number;
  segmentBytes: number;
  /** Whole segments among them; the rest is the tail. */
  segments: number;
  /** The present one of `uploadTails`. */
  tail: ObjectId | null;
  /** The request that is sending, if any. */
  lease: { id: string; until: Date } | null;
  /** Set once the file is committed. */
  finishedAt: Date | null;
  createdAt: Date;
  expiresAt: Date;
}

/** What follows the stored segments of an upload: FORMAT.md section 2.1. */
export interface UploadTailDoc {
  _id: ObjectId;
  upload: string;
  token: Binary;
}

/** A restore that is under way: until it is done, nobody may work with what is there. */
export interface RestoreDoc {
  _id: 'restore';
  snapshot: string;
  startedAt: Date;
}

/** GridFS, as its specification has it. */
export interface ContentFileDoc {
  _id: ObjectId;
  length: number;
  chunkSize: number;
  uploadDate: Date;
  filename: string;
}
export interface ChunkDoc {
  _id: ObjectId;
  files_id: ObjectId;
  n: number;
  data: Binary;
}
