import type { Binary } from 'mongodb';

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

/** Someone asks for access to a file whose id they know. Kept the same way whether or not there is such a file. */
export interface AccessRequestDoc {
  readonly _id: string;
  readonly asker: string;
  readonly file: string;
  /** Account that may answer; null if nobody is asked, or once it is answered. */
  readonly owner: string | null;
  /** The owner denied it. */
  readonly denied?: true;
  readonly deniedAt?: Date;
  /** When it was last asked for, to a day. */
  readonly askedAt: Date;
  /** A day after the end of the time in which it can be answered, so that a denial is remembered for a day. */
  readonly expiresAt: Date;
}
