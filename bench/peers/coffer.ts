import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setupCodePath } from '../../src/accounts/setup-code-file.ts';
import { lockPath, readLock } from '../../src/database/lock.ts';
import { endProcess } from '../../src/database/processes.ts';
import { plainEnvironment, type Program, startProgram, stopPatienceMs } from '../processes.ts';
import type { Site } from '../site.ts';
import type { Candidate } from '../results.ts';
import { startFlags } from '../../test/support/start-flags.ts';
import type { Peer } from './peer.ts';

const root = join(import.meta.dirname, '../..');

/** A running Coffer, for what is peculiar to it. */
export interface CofferPeer extends Peer {
  readonly url: string;
  readonly dataDir: string;
}

/** Starts the built Coffer as its README says, with a locker of its own, and signs in. */
export const startCoffer = (site: Site): Promise<CofferPeer> =>
  start(site, 'coffer', join(root, 'dist/main.js'));

/** Starts Coffer's API without request limits and audit trail: what they cost is the difference. */
export const startBareCoffer = (site: Site): Promise<CofferPeer> =>
  start(site, 'bare', site.programs.bareCoffer);

async function start(site: Site, name: Candidate, path: string): Promise<CofferPeer> {
  const { folder } = site;
  const dataDir = await mkdtemp(join(folder, 'coffer-'));
  let program: Program | undefined;
  const mongod = () => readLock(lockPath(dataDir))?.database?.mongod;
  const stop = async () => {
    const database = mongod();
    await program?.stop();
    // It outlives a Coffer that had to be killed.
    if (database !== undefined) await endProcess(database, stopPatienceMs);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    program = await startProgram({
      command: process.execPath,
      args: [...startFlags, path],
      env: {
        ...plainEnvironment(),
        COFFER_DATA_DIR: dataDir,
        COFFER_PORT: '0',
        ...(site.mongod.source === 'COFFER_MONGOD' ? { COFFER_MONGOD: site.mongod.path } : {}),
      },
      logPath: join(folder, `${name}.log`),
      expect: /Coffer listens on (\S+)/,
    });
    const url = program.ready;
    const token = await signIn(url, (await readFile(setupCodePath(dataDir), 'utf8')).trim());
    return {
      name,
      url,
      dataDir,
      pids: { server: program.pid, database: mongod()?.pid },
      headers: { authorization: `Bearer ${token}` },
      uploadUrl: (name) => `${url}/v1/files?name=${encodeURIComponent(name)}`,
      contentUrl: (id) => `${url}/v1/files/${id}/content`,
      removeUrl: (id) => `${url}/v1/files/${id}?permanent=true`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Claims the locker and makes a token for a program, which lasts longer than a session's. */
async function signIn(url: string, code: string): Promise<string> {
  const session = await post(`${url}/v1/setup`, { code, handle: 'bench' });
  return post(`${url}/v1/tokens`, { name: 'bench', scopes: ['files:read', 'files:write'] }, session);
}

async function post(url: string, body: object, token?: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`Coffer answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
}
