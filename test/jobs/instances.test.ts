import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { describe, expect, it } from 'vitest';
import { createAccount } from '../../src/accounts/create-account.ts';
import { bindKeyring } from '../../src/accounts/installation.ts';
import { formatKey, Keyring, randomKey } from '../../src/crypto/keyring.ts';
import { openCollections } from '../../src/database/collections.ts';
import { prepareCollections } from '../../src/database/prepare-collections.ts';
import { connect } from '../../src/database/connect.ts';
import type { JobRunDoc } from '../../src/jobs/documents.ts';
import { leaseMs } from '../../src/jobs/runs.ts';
import { someBytes } from '../support/bytes.ts';
import { saveFile } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';
import { poll, type RunningProgram, startServer } from '../support/program.ts';
import { lockerOn } from './backup/support.ts';

const minuteMs = 60_000;
const everyTenMinutes = ['backup', 'sweep', 'expire-uploads'] as const;

/** Two instances whose time runs 60 times faster, on one database with something in it. */
async function openInstances() {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const t = await openTestLocker();
  const uri = inject('mongodUri').replace(/\/?$/, `/i-${randomUUID()}`);
  const database = await connect(uri);
  const key = randomKey();
  const keyring = new Keyring([key]);
  const collections = await prepareCollections(database.db);
  await bindKeyring(collections, keyring, 'test', new Date());
  const onDatabase = { ...t, database, locker: { ...t.locker, collections: openCollections(database.db) } };
  const locker = await lockerOn(onDatabase, { keys: { keyring } } as never);
  const account = await createAccount(locker, 'alice', 'owner');
  const alice = { ...(await t.person('alice')), account: account._id };
  for (let i = 0; i < 12; i++) await saveFile(locker, alice, `${i}.bin`, { bytes: someBytes(4_000_000) });
  await locker.audit.flush();
  const started = String(Date.now());
  const env = {
    MONGODB_URI: uri,
    COFFER_KEYS: formatKey(key),
    COFFER_BACKUP_DIR: join(folder, 'backups'),
    COFFER_BACKUP_CRON: '*/10 * * * *',
    NODE_OPTIONS: `--import ${join(import.meta.dirname, '..', 'support', 'fast-clock.mjs')}`,
    CLOCK_SPEED: '60',
    CLOCK_START: started,
  };
  const running: RunningProgram[] = [];
  const start = async () => {
    const program = await startServer(join(folder, randomUUID()), env);
    running.push(program);
    return program;
  };
  return {
    collections,
    start,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(running.map((program) => program.end('SIGKILL')));
      await database.db.dropDatabase();
      await database.close();
      await t[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const minuteOf = ({ dueAt }: JobRunDoc) => Math.floor(dueAt.getTime() / minuteMs);

describe('two instances', () => {
  it('run each due time of each job once, and take over from one that is killed in the middle', {
    timeout: 600_000,
  }, async () => {
    await using t = await openInstances();
    const { jobRuns } = t.collections;
    const instances = await Promise.all([t.start(), t.start()]);
    // The first backup copies everything, which takes long enough to be met in the middle.
    const met = await poll(
      async () => (await jobRuns.findOne({ job: 'backup', outcome: 'running' })) ?? undefined,
      120_000,
    );
    const holder = instances.find(({ child }) => met.instance.endsWith(`:${child.pid}`));
    await holder?.end('SIGKILL');
    expect(await jobRuns.findOne({ _id: met._id })).toMatchObject({ outcome: 'running' });
    // Three more times come, each of them handled by the one that is left.
    const over = met.dueAt.getTime() + 35 * minuteMs;
    await poll(async () => {
      const ended = await jobRuns.countDocuments({
        outcome: 'ok',
        dueAt: { $gte: new Date(over - 6 * minuteMs) },
      });
      return ended >= everyTenMinutes.length ? true : undefined;
    }, 120_000);

    const runs = await jobRuns.find().sort({ startedAt: 1 }).toArray();
    const lost = runs.filter(({ outcome }) => outcome === 'lost');
    expect(lost.map(({ _id }) => _id.toHexString())).toContain(met._id.toHexString());
    // A machine so busy that a second of it, which is a minute here, passes without a sign of life loses a run as well.
    for (const { job, dueAt } of lost)
      expect(
        runs.filter((run) => run.job === job && run.dueAt.getTime() === dueAt.getTime() + 1),
      ).toMatchObject([{ reason: 'taken-over' }]);
    const successor = runs.find(({ reason, job }) => reason === 'taken-over' && job === 'backup');
    const waited = (successor?.startedAt.getTime() ?? 0) - met.startedAt.getTime();
    expect(waited).toBeGreaterThanOrEqual(leaseMs);
    // In time: before the next one.
    const next = runs.find(
      ({ job, dueAt }) => job === 'backup' && dueAt.getTime() > met.dueAt.getTime() + minuteMs,
    );
    expect(successor?.startedAt.getTime()).toBeLessThan(next?.startedAt.getTime() ?? 0);
    for (const job of everyTenMinutes) {
      const good = runs.filter((run) => run.job === job && run.outcome === 'ok');
      const minutes = good.map(minuteOf).toSorted((a, b) => a - b);
      const first = minutes[0] ?? 0;
      // Every tenth minute, none left out and none twice.
      expect([job, minutes]).toEqual([job, minutes.map((_minute, i) => first + 10 * i)]);
      expect(minutes.length).toBeGreaterThanOrEqual(3);
    }
  });
});
