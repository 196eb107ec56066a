import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMongod, type MongodBinary, mongodEnvironment } from '../src/database/mongod-binary.ts';
import { findTransferClient, type TransferClient } from './clients/transfer.ts';
import { Inputs } from './inputs.ts';
import type { Options } from './options.ts';
import { findPaper, type PaperStack } from './peers/paper.ts';
import { run } from './processes.ts';
import { compilePrograms, type Programs } from './programs.ts';

/** What all measurements share: folders, programs and input files. */
export interface Site {
  readonly options: Options;
  /** Where the peers keep their data, on a disk. */
  readonly folder: string;
  readonly inputs: Inputs;
  readonly programs: Programs;
  readonly transfers: TransferClient;
  /** The one that Coffer finds for itself, for the baseline too. */
  readonly mongod: MongodBinary & { readonly version: string };
  readonly paper: PaperStack | { readonly missing: string };
  /** Of the minute before: what else the machine was busy with. */
  readonly loadBefore: number;
  remove(): Promise<void>;
}

export async function openSite(options: Options): Promise<Site> {
  const [loadBefore = 0] = loadavg();
  const folder = await mkdtemp(join(tmpdir(), 'coffer-bench-'));
  const { medium, large, firstByte, atOnce } = options.sizes;
  let inputs: Inputs | undefined;
  const remove = async () => {
    await inputs?.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    inputs = await Inputs.open(medium + large + atOnce.bytes + (firstByte === large ? 0 : firstByte));
    const dataDir = join(folder, 'mongod');
    await mkdir(dataDir);
    const binary = await findMongod({ dataDir, mongodPath: process.env['COFFER_MONGOD'] });
    const said = await run(binary.path, ['--version'], mongodEnvironment(binary.libraryPath));
    const programs = await compilePrograms(folder);
    return {
      options,
      folder,
      inputs,
      programs,
      transfers: await findTransferClient(programs),
      mongod: { ...binary, version: /^db version v(\S+)/m.exec(said)?.[1] ?? 'unknown' },
      paper: await findPaper(),
      loadBefore,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
