import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { plainEnvironment, type Program, startProgram } from '../processes.ts';
import type { Site } from '../site.ts';
import { startMongod } from './mongod.ts';
import type { Peer } from './peer.ts';

/** Starts `gridfs-baseline.ts` on plain node, with a mongod of its own. */
export async function startBaseline(site: Site): Promise<Peer> {
  const dbPath = await mkdtemp(join(site.folder, 'baseline-'));
  const started: Program[] = [];
  const stop = async () => {
    for (const program of started.toReversed()) await program.stop();
    await rm(dbPath, { recursive: true, force: true });
  };
  try {
    const mongod = await startMongod(site, dbPath);
    started.push(mongod.program);
    const server = await startProgram({
      command: process.execPath,
      args: [site.programs.baseline, mongod.uri],
      env: plainEnvironment(),
      logPath: join(site.folder, 'baseline.log'),
      expect: /listens on (\S+)/,
    });
    started.push(server);
    const url = server.ready;
    return {
      name: 'baseline',
      pids: { server: server.pid, database: mongod.program.pid },
      headers: {},
      uploadUrl: (name) => `${url}/files?name=${encodeURIComponent(name)}`,
      contentUrl: (id) => `${url}/files/${id}`,
      removeUrl: (id) => `${url}/files/${id}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
