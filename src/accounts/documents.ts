import type { Binary, ObjectId } from 'mongodb';
import type { Door } from '../audit/record.ts';
import type { StoredKey } from '../keys/stored-key.ts';

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
