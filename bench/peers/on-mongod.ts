import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { plainEnvironment, type Program, startProgram } from '../processes.ts';
import type { Candidate } from '../results.ts';
import type { Site } from '../site.ts';
import { startMongod } from './mongod.ts';
import { type Peer, plainPeer } from './peer.ts';

/** A server of the bench's own: takes the URI of a database, and says where it listens. */
export interface PlainServer {
  readonly name: Candidate;
  readonly program: string;
  readonly nodeFlags?: readonly string[];
}

/** Starts it, with a mongod of its own. */
export async function startOnMongod(
  site: Site,
  { name, program, nodeFlags = [] }: PlainServer,
): Promise<Peer> {
  const dbPath = await mkdtemp(join(site.folder, `${name}-`));
  const started: Program[] = [];
  const stop = async () => {
    for (const one of started.toReversed()) await one.stop();
    await rm(dbPath, { recursive: true, force: true });
  };
  try {
    const mongod = await startMongod(site, dbPath);
    started.push(mongod.program);
    const server = await startProgram({
      command: process.execPath,
      args: [...nodeFlags, program, mongod.uri],
      env: plainEnvironment(),
      logPath: join(site.folder, `${name}.log`),
      expect: /listens on (\S+)/,
    });
    started.push(server);
    const pids = { server: server.pid, database: mongod.program.pid };
    return plainPeer(server.ready, { name, pids, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}
