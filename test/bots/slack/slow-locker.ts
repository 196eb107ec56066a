import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { bindKeyring } from '../../../src/accounts/installation.ts';
import { GiB } from '../../../src/config.ts';
import { Keyring, randomKey } from '../../../src/crypto/keyring.ts';
import { openCollections } from '../../../src/database/collections.ts';
import { connect } from '../../../src/database/connect.ts';
import { prepareCollections } from '../../../src/database/prepare-collections.ts';
import { createLog } from '../../../src/log.ts';
import { composeLocker } from '../../../src/open-locker.ts';
import type { TestLocker } from '../../support/locker.ts';

const none = (): never => {
  throw new Error('a slow locker has no clock and no people of its own');
};

/** A locker whose database takes its time with every answer. */
export interface SlowLocker extends TestLocker {
  readonly slow: (delayMs: number) => void;
}

export async function openSlowLocker(): Promise<SlowLocker> {
  const { hostname, port } = new URL(inject('mongodUri'));
  const sockets = new Set<Socket>();
  let delayMs = 0;
  const proxy = createServer((client) => {
    const upstream = connectSocket(Number(port), hostname);
    client.pipe(upstream);
    upstream.on('data', (data) => {
      if (delayMs === 0) client.write(data);
      else setTimeout(() => client.destroyed || client.write(data), delayMs);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {}).on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const database = await connect(`mongodb://${address}/t-${randomUUID()}?directConnection=true`);
  await prepareCollections(database.db);
  const dataDir = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const logLines: string[] = [];
  const keyring = new Keyring([randomKey()]);
  const auditKey = await bindKeyring(openCollections(database.db), keyring, 'test', new Date());
  const limits = {
    quotaBytes: GiB,
    trashDays: 30,
    maxFileBytes: GiB,
    accountRequests: 1_000_000,
    addressRequests: 1_000_000,
    dataDir,
  };
  const log = createLog('trace', { write: (line) => void logLines.push(line) });
  const locker = composeLocker(limits, database, { keyring, auditKey }, log, undefined, () => new Date());
  return {
    locker,
    database,
    keyring,
    logLines,
    advance: none,
    person: none,
    slow: (ms) => void (delayMs = ms),
    [Symbol.asyncDispose]: async () => {
      delayMs = 0;
      await locker.audit.flush();
      await database.db.dropDatabase();
      await database.close();
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
