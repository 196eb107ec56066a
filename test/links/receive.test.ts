import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/accounts/actor.ts';
import { listFiles } from '../../src/files/list.ts';
import { describeMe } from '../../src/accounts/describe-me.ts';
import { createFileRequest, type RequestInput } from '../../src/links/create-request.ts';
import { sealLinkUser } from '../../src/links/link-text.ts';
import { describeLink } from '../../src/links/list-links.ts';
import { receiveThroughLink } from '../../src/links/receive.ts';
import { revokeLink } from '../../src/links/revoke-link.ts';
import { settleLinks } from '../../src/links/settle-links.ts';
import { linkGraceMs } from '../../src/links/stored-links.ts';
import type { UploadLinkUse } from '../../src/links/upload-link-events.ts';
import { createUploadLink } from '../../src/links/upload-links.ts';
import type { Locker } from '../../src/locker.ts';
import { openTestLocker } from '../support/locker.ts';
import { codesOf, save, stranger } from './support.ts';

const dead = { code: 'not_found' };
const request = (locker: Locker, actor: Actor, input: Partial<RequestInput> = {}) =>
  createFileRequest(locker, actor, { folder: '/inbox', title: 'Photos, please', ...input });

const send = (
  locker: Locker,
  token: string,
  bytes: Buffer | AsyncIterable<Buffer> = randomBytes(100),
  { kind = 'request', name = 'photo.jpg' }: { kind?: 'request' | 'upload'; name?: string } = {},
) =>
  receiveThroughLink(locker, stranger, kind, token, {
    name,
    mediaType: 'image/jpeg',
    content: { bytes: Buffer.isBuffer(bytes) ? Readable.from([bytes], { objectMode: false }) : bytes },
  });

const received = async (locker: Locker, actor: Actor) =>
  (await listFiles(locker, actor, { limit: 200 })).files;

/** A sender that comes to a halt after some bytes, until it is told to go on. */
function haltingSource() {
  const events = new EventEmitter();
  const halted = once(events, 'halted');
  const going = once(events, 'go');
  const bytes = (async function* () {
    yield randomBytes(10);
    events.emit('halted');
    await going;
  })();
  return { bytes, halted, go: () => void events.emit('go') };
}

describe('a file request', () => {
  it('puts what a stranger sends into its folder, at the cost of its owner, and shows only a receipt', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token } = await request(t.locker, alice);
    const receipt = await send(t.locker, token, randomBytes(100), { name: '../../etc/\u202Egpj.exe' });
    expect(Object.keys(receipt)).toEqual(['name', 'sizeBytes', 'sha256']);
    expect(receipt).toMatchObject({ name: 'gpj.exe', sizeBytes: 100 });
    expect(await received(t.locker, alice)).toMatchObject([
      { name: 'gpj.exe', folder: '/inbox', owner: 'alice' },
    ]);
    expect(await describeMe(t.locker, alice)).toMatchObject({ usedBytes: 100 });
    expect(await describeLink(t.locker, alice, link.id)).toMatchObject({
      used: 1,
      usedBytes: 100,
      events: [{ outcome: 'received', bytes: 100, client: 'test', address: '192.0.2.7' }],
    });
  });

  it('takes exactly as many files as it says from 100 that send at once', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token } = await request(t.locker, alice, { maxFiles: 7 });
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => send(t.locker, token)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
    expect(codesOf(outcomes)).toEqual(new Set(['not_found']));
    expect(await received(t.locker, alice)).toHaveLength(7);
    expect(await describeLink(t.locker, alice, link.id)).toMatchObject({
      used: 7,
      state: 'used-up',
      underWay: 0,
    });
  });

  it('never takes more bytes than it says from 40 that send at once, and gives back what did not fit', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token } = await request(t.locker, alice, { maxBytes: 1000 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, () => send(t.locker, token, randomBytes(300))),
    );
    const count = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(count).toBeGreaterThanOrEqual(1);
    expect(count).toBeLessThanOrEqual(3);
    // What lost against others that had set bytes aside fits afterwards, up to the last byte.
    for (let n = count; n < 3; n++) await send(t.locker, token, randomBytes(300));
    await expect(send(t.locker, token, randomBytes(101))).rejects.toMatchObject({ code: 'file_too_large' });
    await send(t.locker, token, randomBytes(100));
    expect(await describeLink(t.locker, alice, link.id)).toMatchObject({ usedBytes: 1000, underWay: 0 });
    expect(await describeMe(t.locker, alice)).toMatchObject({ usedBytes: 1000 });
  });

  it('refuses a file that is larger than each may be, and leaves nothing of it', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token } = await request(t.locker, alice, { maxFileBytes: 99 });
    await expect(send(t.locker, token)).rejects.toMatchObject({
      code: 'file_too_large',
      details: { limit: 99 },
    });
    expect(await received(t.locker, alice)).toEqual([]);
    expect(await t.locker.collections.chunks.countDocuments()).toBe(0);
    expect(await describeLink(t.locker, alice, link.id)).toMatchObject({ used: 0, underWay: 0 });
  });

  it('says that a locker is full, and not how large it is', async () => {
    await using t = await openTestLocker({ quotaBytes: 50 });
    const alice = await t.person('alice');
    const { token } = await request(t.locker, alice);
    const error = await send(t.locker, token).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'quota_exceeded' });
    expect(error).not.toHaveProperty('details.limit');
    expect(error).not.toHaveProperty('details.actual');
  });

  it('gives the place of an upload back that broke off, and of one whose process died', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token } = await request(t.locker, alice, { maxFiles: 1 });
    // oxlint-disable-next-line require-yield
    const breaking = (async function* (): AsyncGenerator<Buffer> {
      throw new Error('gone');
    })();
    await expect(send(t.locker, token, breaking)).rejects.toThrow('gone');
    expect(await describeLink(t.locker, alice, link.id)).toMatchObject({ state: 'open' });
    const source = haltingSource();
    const slow = send(t.locker, token, source.bytes).catch((error: unknown) => error);
    await source.halted;
    await expect(send(t.locker, token)).rejects.toMatchObject(dead);
    t.advance(linkGraceMs + 1);
    await send(t.locker, token);
    source.go();
    expect(await slow).toMatchObject(dead);
    expect(await describeLink(t.locker, alice, link.id)).toMatchObject({ used: 1 });
  });

  it('counts an upload that became a file although its process died before it said so', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token } = await createUploadLink(t.locker, alice, { purpose: 'chat-1', ttlSeconds: 3600 });
    const uses: UploadLinkUse[] = [];
    t.locker.uploadLinkEvents.subscribe((use) => void uses.push(use));
    const file = await save(t.locker, alice);
    const { _id: version } = (await t.locker.collections.contentFiles.findOne()) ?? {};
    const account = await t.locker.collections.accounts.findOne({ _id: alice.account });
    if (account === null) throw new Error('alice is gone');
    const who = sealLinkUser(t.locker.accountKeys.open(account), link.id, stranger);
    const pending = { id: version, bytes: 1000, at: t.locker.now(), version, who };
    await t.locker.collections.links.updateOne({ _id: link.id }, { $set: { uploads: [pending] } });
    await expect(send(t.locker, token, undefined, { kind: 'upload' })).rejects.toMatchObject(dead);
    t.advance(linkGraceMs + 1);
    expect(await settleLinks(t.locker)).toBe(1);
    expect(await describeLink(t.locker, alice, link.id)).toMatchObject({ used: 1, state: 'used-up' });
    expect(uses).toMatchObject([{ purpose: 'chat-1', account: alice.account, file: { id: file.id } }]);
  });

  it('is over when it is revoked, also for what is on its way, expired, or its owner suspended', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const revoked = await request(t.locker, alice);
    const expired = await request(t.locker, alice, {
      expiresAt: new Date(t.locker.now().getTime() + 60_000),
    });
    const source = haltingSource();
    const running = send(t.locker, revoked.token, source.bytes).catch((error: unknown) => error);
    await source.halted;
    await revokeLink(t.locker, alice, revoked.link.id);
    source.go();
    expect(await running).toMatchObject(dead);
    expect(await received(t.locker, alice)).toEqual([]);
    await expect(send(t.locker, revoked.token)).rejects.toMatchObject(dead);
    t.advance(60_001);
    await expect(send(t.locker, expired.token)).rejects.toMatchObject(dead);
    const bob = await t.person('bob');
    const suspended = await request(t.locker, bob);
    await t.locker.collections.accounts.updateOne({ _id: bob.account }, { $set: { status: 'suspended' } });
    await expect(send(t.locker, suspended.token)).rejects.toMatchObject(dead);
  });

  it('refuses a title that hides what is read, and a limit that is none', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    for (const input of [{ title: 'a\u202Eb' }, { title: ' ' }, { maxFiles: 0 }, { maxBytes: 1.5 }])
      await expect(request(t.locker, alice, input)).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('an upload link', () => {
  it('takes one file of ten that come at once, under the name and tags it was made for, and tells what it was for', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const uses: UploadLinkUse[] = [];
    const stop = t.locker.uploadLinkEvents.subscribe((use) => void uses.push(use));
    t.locker.uploadLinkEvents.subscribe(() => Promise.reject(new Error('a broken listener')));
    const { token, link } = await createUploadLink(t.locker, alice, {
      purpose: 'telegram:42',
      folder: '/from chat',
      tags: ['film'],
      name: 'film.mov',
      ttlSeconds: 3600,
    });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => send(t.locker, token, undefined, { kind: 'upload' })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await received(t.locker, alice)).toMatchObject([
      { name: 'film.mov', folder: '/from chat', tags: ['film'] },
    ]);
    expect(uses).toMatchObject([
      { link: link.id, purpose: 'telegram:42', account: alice.account, file: { name: 'film.mov' } },
    ]);
    expect(t.logLines.join('')).toContain('a listener failed');
    stop();
  });

  it('is no file request, and the other way round', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { token } = await createUploadLink(t.locker, alice, { purpose: '', ttlSeconds: 60 });
    await expect(send(t.locker, token)).rejects.toMatchObject(dead);
    const asked = await request(t.locker, alice);
    await expect(send(t.locker, asked.token, undefined, { kind: 'upload' })).rejects.toMatchObject(dead);
  });
});
