import { createServer } from 'node:net';
import { join } from 'node:path';
import { mongodEnvironment } from '../../src/database/mongod-binary.ts';
import { type Program, startProgram } from '../processes.ts';
import type { Site } from '../site.ts';

/** Starts a mongod as it comes, on a port that is free. */
export async function startMongod(
  { mongod }: Site,
  dbPath: string,
): Promise<{ program: Program; uri: string }> {
  const port = await freePort();
  const program = await startProgram({
    command: mongod.path,
    // Where it keeps its data and listens; everything else is MongoDB's default.
    args: ['--dbpath', dbPath, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
    env: mongodEnvironment(mongod.libraryPath),
    logPath: join(dbPath, 'mongod.log'),
    expect: /"Waiting for connections"/,
  });
  return { program, uri: `mongodb://127.0.0.1:${port}/bench` };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
