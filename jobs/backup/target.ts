/** One object of a backup, as a listing shows it. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/**
 * Where backups go: objects of at most some MiB under keys such as `objects/67f3/…`, of lower-case letters, digits, `.`, `-` and `/`.
 * Whatever goes wrong is thrown as LockerError `backup_unavailable`, with a hint that names the target.
 */
export interface BackupTarget {
  /** For people: a path, or `s3://bucket/prefix`. Never a credential. */
  readonly name: string;
  /** Stores an object whole or not at all, in place of one that has its key. Durable after the next `settle`. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Reads an object whole; undefined if there is none. */
  get(key: string): Promise<Buffer | undefined>;
  /** Lists what begins with the prefix, in the byte order of the keys. */
  list(prefix: string): AsyncGenerator<StoredObject, void, undefined>;
  /** Removes an object. Safe to repeat. */
  remove(key: string): Promise<void>;
  /** Makes everything that was put so far durable: to be called before something is put that refers to it. */
  settle(): Promise<void>;
  /** Removes what writes that were cut off left behind, if it is older than that. */
  tidy(before: Date): Promise<void>;
  close(): void;
}
