import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type InboxItem, RetryLater } from '../../src/chats/inbox.ts';
import { leaseMs } from '../../src/chats/lane-lease.ts';
import { openTestLocker } from '../support/locker.ts';

const hourMs = 3600_000;

/** Waits until something holds, for as long as a slow machine may need. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const put = (
  t: Awaited<ReturnType<typeof openTestLocker>>,
  id: string,
  lane = 'a',
  payload: object = { id },
) => t.locker.inbox.put({ id, chat: 'telegram', lane, payload });

describe('the inbox of the chats', () => {
  it('hands over what was put, once, with its payload', async () => {
    await using t = await openTestLocker();
    const seen: InboxItem[] = [];
    expect(await put(t, 'telegram:1', 'a', { text: 'hello' })).toBe(true);
    expect(await put(t, 'telegram:1', 'a', { text: 'again' })).toBe(false);
    const worker = t.locker.inbox.work('telegram', async (item) => void seen.push(item));
    await until(() => seen.length === 1);
    expect(await put(t, 'telegram:1')).toBe(false);
    expect(await put(t, 'telegram:2')).toBe(true);
    await until(() => seen.length === 2);
    await worker.stop();
    expect(seen.map(({ id, payload }) => [id, payload])).toEqual([
      ['telegram:1', { text: 'hello' }],
      ['telegram:2', { id: 'telegram:2' }],
    ]);
    // Remembered, but not what it said.
    const kept = await t.locker.collections.inbox.find().toArray();
    expect(kept.map(({ state, sealed }) => [state, sealed])).toEqual([
      ['done', null],
      ['done', null],
    ]);
  });

  it('keeps the order within a lane, and lets no lane wait for another', async () => {
    await using t = await openTestLocker();
    for (let i = 0; i < 20; i++) await put(t, `telegram:${i}`, i % 2 === 0 ? 'even' : 'odd');
    const seen: string[] = [];
    const gate = new EventEmitter();
    const held = once(gate, 'open');
    const worker = t.locker.inbox.work('telegram', async ({ id, lane }) => {
      if (lane === 'even') await held;
      seen.push(id);
    });
    await until(() => seen.length === 10);
    expect(seen).toEqual(Array.from({ length: 10 }, (_none, i) => `telegram:${2 * i + 1}`));
    gate.emit('open');
    await until(() => seen.length === 20);
    expect(seen.slice(10)).toEqual(Array.from({ length: 10 }, (_none, i) => `telegram:${2 * i}`));
    await worker.stop();
  });

  it('finds room for one more while forty lanes are busy for long', async () => {
    await using t = await openTestLocker();
    for (let i = 0; i < 40; i++) await put(t, `telegram:${i}`, `slow ${i}`);
    const gate = new EventEmitter();
    const held = once(gate, 'open');
    let begun = 0;
    const done: string[] = [];
    const worker = t.locker.inbox.work('telegram', async ({ id, lane }) => {
      begun++;
      if (lane !== 'quick') await held;
      done.push(id);
    });
    await until(() => begun === 40);
    await put(t, 'telegram:quick', 'quick');
    await until(() => done.length === 1);
    expect(done).toEqual(['telegram:quick']);
    gate.emit('open');
    await until(() => done.length === 41);
    await worker.stop();
  });

  it('tries again what fails, gives it up after five times, and goes on with the lane', async () => {
    await using t = await openTestLocker();
    await put(t, 'telegram:bad', 'a', { secret: 'canary-payload' });
    await put(t, 'telegram:good');
    const tries: string[] = [];
    const worker = t.locker.inbox.work('telegram', async ({ id }) => {
      tries.push(id);
      if (id === 'telegram:bad') throw new Error('no');
    });
    // The clock of the locker jumps, so that no test waits for the growing pauses.
    await until(() => {
      t.advance(10_000);
      return tries.includes('telegram:good');
    });
    await worker.stop();
    expect(tries.filter((id) => id === 'telegram:bad')).toHaveLength(5);
    expect((await t.locker.collections.inbox.findOne({ _id: 'telegram:bad' }))?.state).toBe('failed');
    expect(t.logLines.join('\n')).not.toContain('canary-payload');
  });

  it('lets patience be no failure, and makes the lane wait', async () => {
    await using t = await openTestLocker();
    await put(t, 'telegram:1');
    await put(t, 'telegram:2');
    const seen: string[] = [];
    const worker = t.locker.inbox.work('telegram', async ({ id, attempts }) => {
      seen.push(`${id} ${attempts}`);
      if (seen.length <= 8) throw new RetryLater(500);
    });
    await until(() => {
      t.advance(1000);
      return seen.length === 10;
    });
    await worker.stop();
    expect(seen).toEqual([...Array.from({ length: 9 }, () => 'telegram:1 0'), 'telegram:2 0']);
  });

  it('waits for what is to be done later', async () => {
    await using t = await openTestLocker();
    const notBefore = new Date(t.locker.now().getTime() + 3_600_000);
    await t.locker.inbox.put({ id: 'later', chat: 'telegram', lane: 'later', payload: {}, notBefore });
    await put(t, 'now', 'other');
    const seen: string[] = [];
    const worker = t.locker.inbox.work('telegram', async ({ id }) => void seen.push(id));
    await until(() => seen.length === 1);
    expect(seen).toEqual(['now']);
    t.advance(3_600_000);
    await until(() => seen.length === 2);
    await worker.stop();
    expect(seen).toEqual(['now', 'later']);
  });

  it('is patient for a day after the time for which something was meant, then a few times more', async () => {
    await using t = await openTestLocker();
    const notBefore = new Date(t.locker.now().getTime() + 30 * hourMs);
    await t.locker.inbox.put({ id: 'later', chat: 'telegram', lane: 'a', payload: {}, notBefore });
    let tries = 0;
    const worker = t.locker.inbox.work('telegram', async () => {
      tries++;
      throw new RetryLater(1000);
    });
    const stored = () => t.locker.collections.inbox.findOne({ _id: 'later' });
    const triesAfter = async (hours: number) => {
      const before = tries;
      t.advance(hours * hourMs);
      worker.wake();
      await until(async () => {
        const item = await stored();
        return tries > before && (item?.state !== 'open' || item.dueAt > t.locker.now());
      });
      return tries;
    };
    for (const [hours, count] of [
      [30, 1],
      [20, 2],
      [10, 3],
      [1, 4],
    ] as const)
      expect(await triesAfter(hours)).toBe(count);
    while ((await stored())?.state === 'open') await triesAfter(1);
    await worker.stop();
    expect(tries).toBeGreaterThanOrEqual(8);
    expect(tries).toBeLessThan(20);
  });

  it('does not drop at its first failure what lay there while the machine was off for days', async () => {
    await using t = await openTestLocker();
    await put(t, 'telegram:1');
    t.advance(50 * hourMs);
    let tries = 0;
    const worker = t.locker.inbox.work('telegram', async () => {
      if (++tries <= 4) throw new RetryLater(1000);
    });
    await until(async () => {
      t.advance(60_000);
      worker.wake();
      return (await t.locker.collections.inbox.findOne({ _id: 'telegram:1' }))?.state !== 'open';
    });
    await worker.stop();
    expect(tries).toBe(5);
  });

  it('takes over what a worker left that died in the middle', async () => {
    await using t = await openTestLocker();
    await put(t, 'telegram:1');
    // A worker of a process that is gone: it holds the lane and never comes back.
    await t.locker.collections.inboxLanes.insertOne({
      _id: 'telegram a',
      by: 'dead',
      until: new Date(t.locker.now().getTime() + leaseMs),
    });
    const seen: string[] = [];
    const worker = t.locker.inbox.work('telegram', async ({ id }) => void seen.push(id));
    await put(t, 'telegram:2', 'b');
    await until(() => seen.length === 1);
    expect(seen).toEqual(['telegram:2']);
    t.advance(leaseMs + 1);
    await until(() => seen.length === 2);
    await worker.stop();
    expect(seen).toEqual(['telegram:2', 'telegram:1']);
  });

  it('handles each item once with two workers on one database', async () => {
    await using t = await openTestLocker();
    const seen: string[] = [];
    const handle = async ({ id }: InboxItem) => void seen.push(id);
    const workers = [t.locker.inbox.work('telegram', handle), t.locker.inbox.work('telegram', handle)];
    await Promise.all(Array.from({ length: 40 }, (_none, i) => put(t, `telegram:${i}`, `lane ${i % 5}`)));
    await until(() => seen.length >= 40);
    await Promise.all(workers.map((worker) => worker.stop()));
    expect(seen).toHaveLength(40);
    expect(new Set(seen).size).toBe(40);
  });

  it('leaves the items of another chat alone', async () => {
    await using t = await openTestLocker();
    await t.locker.inbox.put({ id: 'slack:1', chat: 'slack', lane: 'a', payload: {} });
    await put(t, 'telegram:1');
    const seen: string[] = [];
    const worker = t.locker.inbox.work('telegram', async ({ id }) => void seen.push(id));
    await until(() => seen.length > 0);
    await worker.stop();
    expect(seen).toEqual(['telegram:1']);
  });

  it('stores nothing that can be read', async () => {
    await using t = await openTestLocker();
    await put(t, 'telegram:1', 'a', { text: 'canary-inbox' });
    await t.locker.chatNotes.set('telegram:7', 'list', { name: 'canary-note' }, null);
    await t.locker.chatNotes.add('telegram:7', { name: 'canary-button' }, 60);
    const { inbox, chatNotes } = t.locker.collections;
    const stored = JSON.stringify([await inbox.find().toArray(), await chatNotes.find().toArray()]);
    expect(stored).not.toContain('canary');
    // As bytes, too: binary fields are base64 in JSON.
    expect(stored).not.toContain(Buffer.from('canary').toString('base64').slice(0, 7));
  });
});

describe('the notes of conversations', () => {
  it('remember, replace, forget and expire', async () => {
    await using t = await openTestLocker();
    const notes = t.locker.chatNotes;
    await notes.set('telegram:7', 'list', { ids: ['a'] }, null);
    await notes.set('telegram:7', 'list', { ids: ['b'] }, 60);
    expect(await notes.get('telegram:7', 'list')).toEqual({ ids: ['b'] });
    expect(await notes.get('telegram:8', 'list')).toBeUndefined();
    t.advance(61_000);
    expect(await notes.get('telegram:7', 'list')).toBeUndefined();
    await notes.set('telegram:7', 'settings', { x: 1 }, null);
    await notes.remove('telegram:7', 'settings');
    expect(await notes.get('telegram:7', 'settings')).toBeUndefined();
  });

  it('give opaque ids that name their person, and nothing for those that never were', async () => {
    await using t = await openTestLocker();
    const id = await t.locker.chatNotes.add('telegram:7', { actions: [1] }, 60);
    expect(id).toMatch(/^[A-Za-z0-9_-]{16}$/);
    expect(await t.locker.chatNotes.find(id)).toEqual({ identity: 'telegram:7', value: { actions: [1] } });
    expect(await t.locker.chatNotes.find('x'.repeat(16))).toBeUndefined();
  });

  it('do not open under another person', async () => {
    await using t = await openTestLocker();
    const id = await t.locker.chatNotes.add('telegram:7', { secret: 1 }, 60);
    await t.locker.collections.chatNotes.updateOne({ _id: id }, { $set: { identity: 'telegram:8' } });
    expect(await t.locker.chatNotes.find(id)).toBeUndefined();
  });
});
