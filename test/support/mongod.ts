import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoMemoryServer } from 'mongodb-memory-server';
import type { TestProject } from 'vitest/node';
import { findMongod } from '../../src/database/mongod-binary.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mongodUri: string;
  }
}

/** Starts one mongod for the whole run, from the binary that Coffer itself would use. Each test opens a database of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const { path, libraryPath } = await findMongod({ dataDir: folder });
  // The memory server also asks the binary for its version, without an environment of ours.
  const wrapper = join(folder, 'mongod.sh');
  const libraries = libraryPath === undefined ? '' : `LD_LIBRARY_PATH='${libraryPath}' `;
  await writeFile(wrapper, `#!/bin/sh\n${libraries}exec '${path}' "$@"\n`, { mode: 0o755 });
  const server = await MongoMemoryServer.create({
    binary: { systemBinary: wrapper, version: '8.2.0' },
    instance: {
      storageEngine: 'wiredTiger',
      args: ['--wiredTigerCacheSizeGB', '0.5', '--setParameter', 'diagnosticDataCollectionEnabled=false'],
    },
  });
  project.provide('mongodUri', server.getUri());
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
