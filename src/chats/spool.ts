import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openMetadata, sealMetadata } from '../crypto/metadata.ts';
import type { Log } from '../log.ts';
import type { NewInboxItem } from './inbox.ts';

/** An item with its place in the inbox. */
export interface PlacedItem extends NewInboxItem {
  readonly seq: number;
  readonly receivedAt: Date;
}

const suffix = '.item';

/**
 * Items of the inbox on this machine's disk, sealed, for as long as the database does not take them: chats wait only
 * seconds for the word that something is safe.
 */
export class Spool {
  readonly #folder: string;
  readonly #key: Uint8Array;
  readonly #log: Log;

  /** @param key 32 bytes. */
  constructor(folder: string, key: Uint8Array, log: Log) {
    this.#folder = folder;
    this.#key = key;
    this.#log = log;
  }

  /** Keeps an item. It survives a kill of everything when this resolves. @throws what the file system throws. */
  async keep(item: PlacedItem): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const name = nameOf(item.id);
    const path = join(this.#folder, name);
    // A name of its own, since the same item may arrive twice at once.
    const unfinished = `${path}.${process.pid}.${item.seq}`;
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(sealMetadata(this.#key, recordOf(name), item));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    await this.#syncFolder();
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.#folder, nameOf(id)), { force: true });
  }

  /** Reads what is kept, in its order. What cannot be opened is left where it is, and logged. */
  async read(): Promise<PlacedItem[]> {
    const names = await readdir(this.#folder).catch(whenMissing([]));
    const read = await Promise.all(
      names.filter((name) => name.endsWith(suffix)).map((name) => this.#readOne(name)),
    );
    return read.flatMap((item) => (item === undefined ? [] : [item])).toSorted((a, b) => a.seq - b.seq);
  }

  async #readOne(name: string): Promise<PlacedItem | undefined> {
    // Another process may have taken it along.
    const sealed = await readFile(join(this.#folder, name)).catch(whenMissing(undefined));
    if (sealed === undefined) return undefined;
    try {
      const item = openMetadata(this.#key, recordOf(name), sealed) as PlacedItem;
      const { receivedAt, notBefore } = item;
      return {
        ...item,
        receivedAt: new Date(receivedAt),
        ...(notBefore === undefined ? {} : { notBefore: new Date(notBefore) }),
      };
    } catch (error) {
      this.#log.error({ err: error, file: name }, 'an item beside the inbox cannot be opened');
      return undefined;
    }
  }

  async #syncFolder(): Promise<void> {
    const folder = await open(this.#folder);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

const nameOf = (id: string) => createHash('sha256').update(id).digest('base64url') + suffix;

/** Binds an item to its file. */
const recordOf = (name: string) => `spool:${name}`;

const whenMissing =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return value;
    throw error;
  };
