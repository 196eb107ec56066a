import type { Binary, ObjectId } from 'mongodb';
import type { StoredKey } from '../keys/stored-key.ts';

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
