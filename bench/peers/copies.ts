import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findRunning } from '../../src/database/embedded.ts';
import { MiB } from '../../src/config.ts';
import { plainEnvironment, run } from '../processes.ts';
import type { Site } from '../site.ts';
import { startFlags } from '../../test/support/start-flags.ts';
import type { CofferPeer } from './coffer.ts';

const root = join(import.meta.dirname, '../..');

/** Runs `node . backup` with these words beside a running Coffer. @returns seconds, with the start of the program. */
export async function runBackup(
  { dataDir }: CofferPeer,
  folder: string,
  words: readonly string[] = [],
): Promise<number> {
  const env = { ...plainEnvironment(), COFFER_DATA_DIR: dataDir, COFFER_BACKUP_DIR: folder };
  return timed(() =>
    run(process.execPath, [...startFlags, join(root, 'dist/main.js'), 'backup', ...words], env),
  );
}

/** Dumps a Coffer's database with `raw-dump.ts`. @returns MiB/s. */
export async function runDump(site: Site, { dataDir }: CofferPeer): Promise<number> {
  const source = await findRunning(dataDir);
  if (source === undefined) throw new Error('the database of Coffer is not running');
  return withFolder(site, 'dump-', async (folder) => {
    let bytes = 0;
    const seconds = await timed(async () => {
      bytes = Number(await run(process.execPath, [site.programs.rawDump, source.uri, folder]));
    });
    return bytes / MiB / seconds;
  });
}

/** Copies a folder with `cp`, and waits until it is on the disk. @returns seconds. */
export async function runCopy(site: Site, from: string): Promise<number> {
  return withFolder(site, 'copy-', (folder) =>
    timed(async () => {
      await run('cp', ['-R', from, folder]);
      await run('sync', []);
    }),
  );
}

/** Gives work a folder of its own, and removes it afterwards. */
export async function withFolder<T>(
  site: Site,
  prefix: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(site.folder, prefix));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
