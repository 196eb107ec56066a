import { randomBytes } from 'node:crypto';
import { mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unavailable } from './damage.ts';
import type { BackupTarget, StoredObject } from './target.ts';

/** What is being written, until it is whole. */
const unfinished = '.part';

/** A folder, local or mounted. An object appears whole: written aside, forced to the disk, renamed. */
export class FolderTarget implements BackupTarget {
  readonly name: string;
  /** Folders that are known to be there, relative to the top. */
  readonly #made = new Set<string>(['.']);
  /** Folders with names in them that may not be on the disk yet. */
  readonly #unsettled = new Set<string>();

  private constructor(path: string) {
    this.name = path;
  }

  /** Opens a folder, and makes it if it is missing. Later on a folder that vanished is an error: a disk that was unmounted. */
  static async open(path: string): Promise<FolderTarget> {
    const target = new FolderTarget(path);
    await target.#try('opening it', () => mkdir(path, { recursive: true, mode: 0o700 }));
    return target;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#try(`writing ${key}`, async () => {
      const folder = dirname(key);
      await this.#makeFolder(folder);
      const path = join(this.name, key);
      const aside = `${path}.${randomBytes(6).toString('hex')}${unfinished}`;
      try {
        const file = await open(aside, 'wx', 0o600);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(aside, path);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
      this.#unsettled.add(folder);
    });
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.#try(`reading ${key}`, async () => {
      try {
        return await readFile(join(this.name, key));
      } catch (error) {
        if (!isMissing(error)) throw error;
        // The object is missing, or everything is.
        await stat(this.name);
        return undefined;
      }
    });
  }

  async *list(prefix: string): AsyncGenerator<StoredObject, void, undefined> {
    await this.#try('listing it', () => stat(this.name));
    const top = dirname(`${prefix}x`);
    for await (const path of this.#walk(top)) {
      if (!path.startsWith(prefix) || path.endsWith(unfinished)) continue;
      const found = await this.#statOrGone(path);
      if (found !== undefined) yield { key: path, bytes: found.size, modifiedAt: found.mtime };
    }
  }

  async remove(key: string): Promise<void> {
    await this.#try(`removing ${key}`, () => rm(join(this.name, key), { force: true }));
    this.#unsettled.add(dirname(key));
  }

  async settle(): Promise<void> {
    const folders = [...this.#unsettled];
    this.#unsettled.clear();
    const all = new Set<string>(['.']);
    for (const folder of folders) for (let at = folder; at !== '.'; at = dirname(at)) all.add(at);
    await this.#try('forcing it to the disk', async () => {
      for (const folder of all) await syncFolder(join(this.name, folder));
    });
  }

  async tidy(before: Date): Promise<void> {
    for await (const path of this.#walk('.')) {
      if (!path.endsWith(unfinished)) continue;
      const found = await this.#statOrGone(path);
      if (found !== undefined && found.mtime < before) await this.remove(path);
    }
  }

  close(): void {
    // Nothing is held open.
  }

  /** One level at a time and never the top, so that nothing is written into a place where a disk should be. */
  async #makeFolder(folder: string): Promise<void> {
    if (this.#made.has(folder)) return;
    await this.#makeFolder(dirname(folder));
    try {
      await mkdir(join(this.name, folder), { mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    this.#made.add(folder);
  }

  /** Paths of all files below a folder, in the byte order of the whole paths. */
  async *#walk(folder: string): AsyncGenerator<string, void, undefined> {
    const names: { name: string; isFolder: boolean }[] = [];
    try {
      for await (const entry of await opendir(join(this.name, folder)))
        names.push({ name: entry.name, isFolder: entry.isDirectory() });
    } catch (error) {
      if (isMissing(error)) return;
      throw unavailable(this.name, 'listing it', error);
    }
    // A folder's name sorts as it does in the path of what is in it.
    const order = ({ name, isFolder }: (typeof names)[number]) => (isFolder ? `${name}/` : name);
    for (const entry of names.toSorted((a, b) => (order(a) < order(b) ? -1 : 1))) {
      const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFolder) yield* this.#walk(path);
      else yield path;
    }
  }

  async #statOrGone(path: string) {
    try {
      return await stat(join(this.name, path));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw unavailable(this.name, 'listing it', error);
    }
  }

  async #try<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw unavailable(this.name, doing, error);
    }
  }
}

async function syncFolder(path: string): Promise<void> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    // Removed since: nothing in it has to last.
    if (isMissing(error)) return;
    throw error;
  }
  try {
    await handle.sync();
  } catch (error) {
    // Some mounted file systems cannot; there it is theirs to keep.
    if (
      !(
        error instanceof Error &&
        'code' in error &&
        ['EINVAL', 'ENOTSUP', 'EISDIR'].includes(String(error.code))
      )
    )
      throw error;
  } finally {
    await handle.close();
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
