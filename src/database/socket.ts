import { lstatSync, mkdirSync, mkdtempSync, rmdirSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StartError } from '../errors.ts';
import { isCode } from './processes.ts';

/** The longest socket path that every system takes: 107 bytes on Linux, 103 on macOS (`sun_path`, unix(7)). */
export const maxSocketPathBytes = 103;

/**
 * Makes the private folder (0700) of the database's socket and returns the path that the socket will have:
 * `<dataDir>/run/mongod.sock`, or one in a random folder under the system's temporary folder where that is too long
 * or holds a comma, at which mongod would split it.
 */
export function prepareSocket(dataDir: string): string {
  const preferred = join(dataDir, 'run', 'mongod.sock');
  if (isUsable(preferred)) {
    mkdirSync(dirname(preferred), { recursive: true, mode: 0o700 });
    return preferred;
  }
  const template = join(tmpdir(), 'coffer-');
  if (!isUsable(join(`${template}XXXXXX`, 'mongod.sock'))) {
    throw new StartError([
      `The paths of the data folder and of the temporary folder are both too long for a socket: ${dataDir}, ${tmpdir()}. ` +
        'Give Coffer a data folder with a shorter path (COFFER_DATA_DIR), or set TMPDIR.',
    ]);
  }
  return join(mkdtempSync(template), 'mongod.sock');
}

/** Removes a socket and its folder if nothing else is in it; whatever is not a socket stays. */
export function removeSocket(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  } catch (error) {
    if (!isCode(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  try {
    rmdirSync(dirname(path));
  } catch (error) {
    if (!isCode(error, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

/** True if something listens on the socket. */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (listening: boolean) => () => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}

/** The connection string of the database behind a socket. */
export const uriOf = (path: string) => `mongodb://${encodeURIComponent(path)}/coffer?directConnection=true`;

const isUsable = (path: string) => Buffer.byteLength(path) <= maxSocketPathBytes && !path.includes(',');
