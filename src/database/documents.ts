/**
 * What MongoDB holds. Fields are in the clear unless they are called sealed or are keyed tokens: ids, sizes, times and permissions.
 */
import type { Binary, ObjectId } from 'mongodb';

export interface StoredKey {
  token: Binary;
  keyId: string;
}

/** The installation as such: one document. */
export interface InstallationDoc {
  _id: 'installation';
  format: 1;
  /** A random key under the primary master key: opens if the keyring is the right one. */
  keyCheck: StoredKey;
  /** Hash of the setup code; null once the installation is claimed. */
  setupHash: Binary | null;
  createdAt: Date;
}

export type Role = 'owner' | 'admin' | 'member';

/** A version on its way in or out, kept until its bytes are settled: what a crash leaves for the sweep. */
export interface PendingVersion {
  id: ObjectId;
  kind: 'upload' | 'delete';
  bytes: number;
  /** Last sign of life. */
  at: Date;
}

export interface AccountDoc {
  _id: string;
  handle: string;
  role: Role;
  status: 'active' | 'suspended';
  key: StoredKey;
  quotaBytes: number;
  /** Plaintext bytes of all versions, the trash included. */
  usedBytes: number;
  /** Sum of `pending` bytes of kind upload. Used and pending together never exceed the quota. */
  pendingBytes: number;
  pending: PendingVersion[];
  createdAt: Date;
}

/** A sign-in: one family of refresh tokens. */
export interface SessionDoc {
  _id: string;
  account: string;
  client: string;
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
}

/** A one-time code, stored as its hash. */
export interface CodeDoc {
  _id: Binary;
  purpose: 'invite' | 'sign-in';
  /** Who made it; null for the operator's command line. */
  createdBy: string | null;
  /** Role of the account that an invite makes. */
  role: Role | null;
  /** Account that a sign-in code opens. */
  account: string | null;
  createdAt: Date;
  expiresAt: Date;
}

export interface VersionDoc {
  n: number;
  /** The GridFS file. */
  id: ObjectId;
  sizeBytes: number;
  /** The file key, wrapped. */
  key: StoredKey;
  createdAt: Date;
  /** Account that wrote it: the owner or an editor. */
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
}

export type GrantRole = 'viewer' | 'editor';

interface GrantBase {
  _id: string;
  owner: string;
  grantee: string;
  role: GrantRole;
  createdAt: Date;
  expiresAt: Date | null;
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
