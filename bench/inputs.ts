import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MiB } from '../src/config.ts';

/** Files of random bytes to send, in memory where there is room for them. */
export class Inputs {
  readonly #folder: string;
  readonly #paths = new Map<number, Promise<string>>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param bytes of all files together. */
  static async open(bytes: number): Promise<Inputs> {
    const memory = '/dev/shm';
    // A third at most, so that what is measured still has its page cache.
    const fits = existsSync(memory) && 3 * bytes < freemem() && bytes < (await freeBytes(memory));
    return new Inputs(await mkdtemp(join(fits ? memory : tmpdir(), 'coffer-bench-')));
  }

  /** Path of a file of that size, made at the first call. */
  file(bytes: number): Promise<string> {
    let path = this.#paths.get(bytes);
    if (path === undefined) this.#paths.set(bytes, (path = write(join(this.#folder, String(bytes)), bytes)));
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const freeBytes = async (path: string) => {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
};

async function write(path: string, bytes: number): Promise<string> {
  const file = await open(path, 'wx', 0o600);
  try {
    const piece = Buffer.alloc(Math.min(bytes, 16 * MiB));
    for (let done = 0; done < bytes; done += piece.length)
      await file.write(randomFillSync(piece), 0, Math.min(piece.length, bytes - done));
  } finally {
    await file.close();
  }
  return path;
}
