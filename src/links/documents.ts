import type { Binary, ObjectId } from 'mongodb';

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
