import type { Binary, ObjectId } from 'mongodb';
import type { StoredKey } from '../keys/stored-key.ts';

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
