import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/accounts/actor.ts';
import { deleteFile } from '../../src/files/delete.ts';
import { trashFile } from '../../src/files/trash.ts';
import { createDownloadLink } from '../../src/links/create-download-link.ts';
import { type Delivery, deliverLink, type Fetch } from '../../src/links/deliver.ts';
import { describeLink, listLinks } from '../../src/links/list-links.ts';
import { revokeLink } from '../../src/links/revoke-link.ts';
import { settleLinks } from '../../src/links/settle-links.ts';
import { showDownloadLink } from '../../src/links/show-link.ts';
import { linkGraceMs } from '../../src/links/stored-links.ts';
import type { Locker } from '../../src/locker.ts';
import { openTestLocker, withScopes } from '../support/locker.ts';
import { codesOf, linkTo, read, save, stranger, take } from './support.ts';

const whole: Fetch = { choose: ({ size }) => ({ start: 0, end: size }) };
const part = (start: number, end: number, resume?: string): Fetch => ({
  choose: () => ({ start, end }),
  resume,
});
const fetch = (locker: Locker, token: string, what: Fetch = whole): Promise<Delivery> =>
  deliverLink(locker, stranger, token, what);
const used = async (locker: Locker, actor: Actor, id: string) => (await describeLink(locker, actor, id)).used;
const dead = { code: 'not_found' };

/** Time for a thousand at once, on a machine that has other work. */
const crowdMs = 240_000;

describe('a link to a file', () => {
  it('delivers the file to whoever has it, and remembers that', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token, bytes, file } = await linkTo(t.locker, alice, { label: 'for Bob' });
    expect(await take(await fetch(t.locker, token))).toEqual(bytes);
    const details = await describeLink(t.locker, alice, link.id);
    expect(details).toMatchObject({ used: 1, state: 'open', label: 'for Bob', file: file.id });
    expect(details.events).toMatchObject([
      { outcome: 'delivered', bytes: bytes.length, client: 'test', address: '192.0.2.7' },
    ]);
  });

  it(
    'delivers exactly 10 times to 1,000 that try at once with a limit of 10',
    async () => {
      await using t = await openTestLocker();
      const alice = await t.person('alice');
      const { link, token, bytes } = await linkTo(t.locker, alice, { maxDownloads: 10 });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 1000 }, async () => take(await fetch(t.locker, token))),
      );
      const got = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(got.map(({ value }) => value.equals(bytes))).toEqual(Array(10).fill(true));
      expect(codesOf(outcomes)).toEqual(new Set(['not_found']));
      expect(await describeLink(t.locker, alice, link.id)).toMatchObject({ used: 10, state: 'used-up' });
    },
    crowdMs,
  );

  it('gives the use of an interrupted delivery back at once, and to another', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token, bytes } = await linkTo(t.locker, alice, { maxDownloads: 1 });
    const first = await fetch(t.locker, token);
    await expect(fetch(t.locker, token)).rejects.toMatchObject(dead);
    await first.end(false);
    expect(await used(t.locker, alice, link.id)).toBe(0);
    expect(await take(await fetch(t.locker, token))).toEqual(bytes);
    await expect(fetch(t.locker, token, part(0, 10, first.secret))).rejects.toMatchObject(dead);
    const { events } = await describeLink(t.locker, alice, link.id);
    expect(events.map(({ outcome }) => outcome)).toEqual(['delivered', 'interrupted']);
  });

  it('does not count a delivery whose connection broke with the last bytes under way', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token } = await linkTo(t.locker, alice, { maxDownloads: 1 });
    const delivery = await fetch(t.locker, token);
    await read(delivery);
    await delivery.end(false);
    expect(await describeLink(t.locker, alice, link.id)).toMatchObject({ used: 0, state: 'open' });
  });

  it('counts the parts of one delivery once, in any order and side by side', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token, bytes } = await linkTo(t.locker, alice, { maxDownloads: 1 });
    const head = await fetch(t.locker, token, part(0, 100));
    const { secret } = head;
    expect(await take(head)).toEqual(bytes.subarray(0, 100));
    const [middle, tail] = await Promise.all([
      fetch(t.locker, token, part(100, 600, secret)),
      fetch(t.locker, token, part(600, 1000, secret)),
    ]);
    expect(await take(tail)).toEqual(bytes.subarray(600));
    expect(await used(t.locker, alice, link.id)).toBe(0);
    expect(await take(middle)).toEqual(bytes.subarray(100, 600));
    expect(await used(t.locker, alice, link.id)).toBe(1);
    await expect(fetch(t.locker, token, part(0, 10, secret))).rejects.toMatchObject(dead);
  });

  it('counts what was cut off and taken up again once', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const big = randomBytes(300_000);
    const { link, token } = await linkTo(t.locker, alice, { maxDownloads: 1 }, big);
    const first = await fetch(t.locker, token);
    const got = await read(first, 1000);
    await first.end(false);
    const rest = await fetch(t.locker, token, part(got.length - 500, big.length, first.secret));
    expect(await take(rest)).toEqual(big.subarray(got.length - 500));
    expect(await used(t.locker, alice, link.id)).toBe(1);
  });

  it('refuses the whole file in pieces out of deliveries that are all given back', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { token } = await linkTo(t.locker, alice, { maxDownloads: 2 });
    const head = await fetch(t.locker, token, part(0, 999));
    await take(head);
    t.advance(linkGraceMs + 1);
    const tail = await fetch(t.locker, token, part(999, 1000));
    await take(tail);
    t.advance(linkGraceMs + 1);
    // The head was given back; the tail skipped bytes, and was not.
    await take(await fetch(t.locker, token));
    await expect(fetch(t.locker, token)).rejects.toMatchObject(dead);
  });

  it('settles by age what a crash left: given back before the last byte, kept after it', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const before = await linkTo(t.locker, alice, { maxDownloads: 1 }, randomBytes(300_000));
    const after = await linkTo(t.locker, alice, { maxDownloads: 1 });
    await read(await fetch(t.locker, before.token), 1000);
    await read(await fetch(t.locker, after.token));
    await expect(fetch(t.locker, before.token)).rejects.toMatchObject(dead);
    t.advance(linkGraceMs + 1);
    expect(await settleLinks(t.locker)).toBe(2);
    expect(await used(t.locker, alice, before.link.id)).toBe(0);
    expect(await used(t.locker, alice, after.link.id)).toBe(1);
    await take(await fetch(t.locker, before.token));
    await expect(fetch(t.locker, after.token)).rejects.toMatchObject(dead);
  });

  it('holds the last bytes back from a delivery that stood still until its use went to another', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token, bytes } = await linkTo(t.locker, alice, { maxDownloads: 1 }, randomBytes(300_000));
    const slow = await fetch(t.locker, token);
    const pieces = slow.bytes[Symbol.asyncIterator]();
    await pieces.next();
    t.advance(linkGraceMs + 1);
    expect(await take(await fetch(t.locker, token))).toEqual(bytes);
    const rest = async () => {
      for (let next = await pieces.next(); next.done !== true; next = await pieces.next());
    };
    await expect(rest()).rejects.toMatchObject(dead);
    await slow.end(true);
    expect(await used(t.locker, alice, link.id)).toBe(1);
  });

  it('cuts a delivery off when it is revoked', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token } = await linkTo(t.locker, alice, {}, randomBytes(300_000));
    const delivery = await fetch(t.locker, token);
    await revokeLink(t.locker, alice, link.id);
    await expect(read(delivery)).rejects.toMatchObject(dead);
    await delivery.end(false);
    expect(await used(t.locker, alice, link.id)).toBe(0);
    expect(await listLinks(t.locker, alice)).toEqual([]);
  });

  it('counts an empty file once it was answered', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token } = await linkTo(t.locker, alice, { maxDownloads: 1 }, Buffer.alloc(0));
    await (await fetch(t.locker, token)).end(false);
    expect(await used(t.locker, alice, link.id)).toBe(0);
    expect(await take(await fetch(t.locker, token))).toEqual(Buffer.alloc(0));
    expect(await used(t.locker, alice, link.id)).toBe(1);
  });

  it('looks like one that never was when its file, owner or time is gone', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const expired = await linkTo(t.locker, alice, { expiresAt: new Date(t.locker.now().getTime() + 60_000) });
    const revoked = await linkTo(t.locker, alice);
    const trashed = await linkTo(t.locker, alice);
    const deleted = await linkTo(t.locker, alice);
    const restricted = await linkTo(t.locker, alice);
    await revokeLink(t.locker, alice, revoked.link.id);
    await trashFile(t.locker, alice, trashed.file.id);
    await deleteFile(t.locker, alice, deleted.file.id);
    await t.locker.collections.files.updateOne(
      { _id: restricted.file.id },
      { $set: { restriction: { at: t.locker.now(), by: alice.account, reason: null } } },
    );
    const bob = await t.person('bob');
    const suspended = await linkTo(t.locker, bob);
    await t.locker.collections.accounts.updateOne({ _id: bob.account }, { $set: { status: 'suspended' } });
    t.advance(60_001);
    const answer = async (token: string) => {
      const shown = await showDownloadLink(t.locker, stranger, token).catch((error: unknown) => error);
      const sent = await fetch(t.locker, token).catch((error: unknown) => error);
      return JSON.stringify([shown, sent]);
    };
    const never = await answer('A'.repeat(43));
    for (const { token } of [expired, revoked, trashed, deleted, restricted, suspended])
      expect(await answer(token)).toBe(never);
  });

  it('never leads to another file under an id that came back', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { file, token } = await linkTo(t.locker, alice);
    const later = new Date(t.locker.now().getTime() + 1000);
    await t.locker.collections.files.updateOne({ _id: file.id }, { $set: { createdAt: later } });
    await expect(fetch(t.locker, token)).rejects.toMatchObject(dead);
  });

  it('is made only by the owner of the file, with the scope to share', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const bob = await t.person('bob');
    const file = await save(t.locker, alice);
    await expect(createDownloadLink(t.locker, bob, file.id, {})).rejects.toMatchObject(dead);
    await expect(
      createDownloadLink(t.locker, withScopes(alice, 'files:read', 'files:write'), file.id, {}),
    ).rejects.toMatchObject({ code: 'insufficient_scope' });
    const { link } = await createDownloadLink(t.locker, alice, file.id, {});
    await expect(revokeLink(t.locker, bob, link.id)).rejects.toMatchObject(dead);
    await expect(describeLink(t.locker, bob, link.id)).rejects.toMatchObject(dead);
  });

  it('asks for its password, takes only the right one, and never asks once it is dead', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { link, token, bytes } = await linkTo(t.locker, alice, { password: 'caf\u00e9', maxDownloads: 1 });
    expect(await showDownloadLink(t.locker, stranger, token)).toMatchObject({ file: null });
    for (const password of [undefined, '', 'cafe', 'x'.repeat(1000)])
      await expect(fetch(t.locker, token, { ...whole, password })).rejects.toMatchObject({
        code: 'wrong_password',
      });
    expect(await take(await fetch(t.locker, token, { ...whole, password: 'cafe\u0301' }))).toEqual(bytes);
    await expect(fetch(t.locker, token, { ...whole, password: 'cafe' })).rejects.toMatchObject(dead);
    expect(await describeLink(t.locker, alice, link.id)).toMatchObject({ used: 1, wrongPasswords: 2 });
    const stored = await t.locker.collections.links.findOne({ _id: link.id });
    expect(JSON.stringify(stored)).not.toContain('caf');
  });

  it('keeps neither its token nor who used it in the clear', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { token } = await linkTo(t.locker, alice, { label: 'canary-label' });
    await take(await fetch(t.locker, token));
    const stored = JSON.stringify(await t.locker.collections.links.find().toArray());
    for (const secret of [token, 'canary-label', '192.0.2.7']) expect(stored).not.toContain(secret);
    expect(t.logLines.join('')).not.toContain(token);
  });
});
