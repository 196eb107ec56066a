import { createHash, randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { findRunning } from '../../src/database/embedded.ts';
import { claimProgram, mongodPid, poll, run, startServer } from '../support/program.ts';

const rounds = 4;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Uploads one file after another until the server goes away. @returns what was acknowledged. */
async function uploadUntilGone(url: string, token: string, acknowledged: Map<string, string>): Promise<void> {
  for (let n = 0; ; n++) {
    const content = randomBytes(randomInt(1, 5_000_000));
    try {
      const response = await fetch(`${url}/v1/files?name=${n}.bin`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: content,
      });
      if (response.status !== 201) {
        await response.text();
        if (response.status === 503) continue;
        return;
      }
      const { id } = (await response.json()) as { id: string };
      acknowledged.set(id, sha256(content));
    } catch {
      // The connection was cut: nothing was promised for this one.
      return;
    }
  }
}

async function expectIntact(
  url: string,
  token: string,
  acknowledged: ReadonlyMap<string, string>,
): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  for (const [id, hash] of acknowledged) {
    const response = await fetch(`${url}/v1/files/${id}/content`, { headers });
    expect(response.status).toBe(200);
    expect(sha256(new Uint8Array(await response.arrayBuffer()))).toBe(hash);
  }
}

/** Everything in the database belongs to a visible file, and the usage is exact. */
async function expectNoRemains(dataDir: string, url: string, token: string): Promise<void> {
  const running = await findRunning(dataDir);
  const client = await MongoClient.connect(running?.uri ?? '');
  try {
    const db = client.db();
    const files = await db
      .collection<{ versions: { id: ObjectId; sizeBytes: number }[] }>('files')
      .find()
      .toArray();
    const ids = new Set(files.flatMap(({ versions }) => versions.map(({ id }) => id.toHexString())));
    expect(new Set((await db.collection('fs.chunks').distinct('files_id')).map(String))).toEqual(ids);
    expect(new Set((await db.collection('fs.files').distinct('_id')).map(String))).toEqual(ids);
    const me = (await (
      await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })
    ).json()) as { usedBytes: number };
    expect(me.usedBytes).toBe(
      files.flatMap(({ versions }) => versions).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
  } finally {
    await client.close();
  }
}

describe('SIGKILL', () => {
  it('of the server in the middle of uploads loses nothing that was acknowledged and leaves nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coffer-kill-'));
    const acknowledged = new Map<string, string>();
    let program = await startServer(folder);
    const token = await claimProgram(program.url, folder);
    try {
      for (let round = 0; round < rounds; round++) {
        const { url } = program;
        const before = acknowledged.size;
        const clients = Array.from({ length: 3 }, () => uploadUntilGone(url, token, acknowledged));
        await poll(() => (acknowledged.size > before ? true : undefined), 180_000);
        // Somewhere in the middle of the next ones.
        await delay(randomInt(100, 900));
        await program.end('SIGKILL');
        await Promise.all(clients);
        program = await startServer(folder);
        await expectNoRemains(folder, program.url, token);
      }
      expect(acknowledged.size).toBeGreaterThanOrEqual(rounds);
      await expectIntact(program.url, token, acknowledged);
      const { code, output } = await run({ COFFER_DATA_DIR: folder }, ['check']);
      expect(output).toContain('all intact');
      expect(code).toBe(0);
    } finally {
      await program.end();
      await rm(folder, { recursive: true, force: true });
    }
  }, 900_000);

  it('of mongod in the middle of uploads loses nothing that was acknowledged, and the server recovers by itself', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coffer-kill-'));
    const acknowledged = new Map<string, string>();
    const program = await startServer(folder);
    const { url } = program;
    const token = await claimProgram(url, folder);
    const stop = new AbortController();
    try {
      const clients = Array.from({ length: 3 }, async () => {
        while (!stop.signal.aborted) await uploadUntilGone(url, token, acknowledged);
      });
      for (let round = 0; round < 2; round++) {
        const known = acknowledged.size;
        await poll(() => (acknowledged.size > known ? true : undefined), 180_000);
        await delay(randomInt(200, 900));
        const before = await mongodPid(folder);
        process.kill(before, 'SIGKILL');
        await poll(async () => ((await mongodPid(folder)) === before ? undefined : true), 180_000);
        await poll(
          async () => ((await fetch(`${url}/health/ready`)).status === 200 ? true : undefined),
          180_000,
        );
      }
      stop.abort();
      await program.end('SIGKILL');
      await Promise.all(clients);
    } finally {
      stop.abort();
      await program.end('SIGKILL');
    }
    const again = await startServer(folder);
    try {
      await expectNoRemains(folder, again.url, token);
      expect(acknowledged.size).toBeGreaterThanOrEqual(2);
      await expectIntact(again.url, token, acknowledged);
    } finally {
      await again.end();
      await rm(folder, { recursive: true, force: true });
    }
  }, 600_000);
});

describe('SIGTERM', () => {
  it('lets a running upload end, takes no new ones, and exits with 0', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coffer-term-'));
    const program = await startServer(folder);
    const token = await claimProgram(program.url, folder);
    try {
      let send: ((piece: Uint8Array | undefined) => void) | undefined;
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          send = (piece) => (piece === undefined ? controller.close() : controller.enqueue(piece));
        },
      });
      const upload = fetch(`${program.url}/v1/files?name=slow.bin`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body,
        duplex: 'half',
      });
      send?.(randomBytes(3_000_000));
      await poll(async () =>
        (
          (await (
            await fetch(`${program.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })
          ).json()) as { usedBytes: number }
        ).usedBytes > 0
          ? true
          : undefined,
      );
      program.child.kill('SIGTERM');
      await poll(() => (program.errors().includes('stopping') ? true : undefined));
      await poll(async () =>
        fetch(`${program.url}/health/live`).then(
          () => undefined,
          () => true,
        ),
      );
      send?.(randomBytes(3_000_000));
      send?.(undefined);
      expect((await upload).status).toBe(201);
      expect(await program.exited).toBe(0);
    } finally {
      await program.end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    }
  }, 300_000);
});
