import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/accounts/actor.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { openFile } from '../../src/files/download.ts';
import { createFetchLink } from '../../src/links/create-fetch-link.ts';
import { listLinks } from '../../src/links/list-links.ts';
import { showDownloadLink } from '../../src/links/show-link.ts';
import type { Notice } from '../../src/notify/notifier.ts';
import {
  answerAccessRequest,
  listAccessRequests,
  maxRequestsADay,
  requestAccess,
  setAllowRequests,
} from '../../src/sharing/access-requests.ts';
import { putGrant, removeGrant } from '../../src/sharing/grants.ts';
import { giveAccess } from '../../src/sharing/give-access.ts';
import { readFile, saveFile } from '../support/files.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';

const dayMs = 24 * 3_600_000;

async function open() {
  const t = await openTestLocker();
  const [alice, bob] = [await t.person('alice'), await t.person('bob')];
  const { id } = await saveFile(t.locker, alice, 'wanted.txt', { bytes: Buffer.from('wanted') });
  const told: { account: string; notice: Notice }[] = [];
  t.locker.notifiers.add({
    deliver: async (account, notice) => {
      told.push({ account, notice });
      return true;
    },
  });
  return { t, alice, bob, id, told, [Symbol.asyncDispose]: () => t[Symbol.asyncDispose]() };
}

const kinds = (told: readonly { account: string; notice: Notice }[], to: Actor) =>
  told.filter(({ account }) => account === to.account).map(({ notice }) => notice.kind);
const sees = ({ locker }: TestLocker, who: Actor, id: string) =>
  describeFile(locker, who, id).then(
    () => true,
    () => false,
  );

/** Bob asks for what Alice lets people ask for. @returns the request as she sees it. */
async function ask({ t, alice, bob, id }: Awaited<ReturnType<typeof open>>) {
  await setAllowRequests(t.locker, alice, true);
  await requestAccess(t.locker, bob, id);
  const [request] = await listAccessRequests(t.locker, alice);
  if (request === undefined) throw new Error('no request');
  return request;
}

describe('asking for access', () => {
  it('is answered the same for a file that is there, one that is not, and an owner who takes no requests', async () => {
    await using s = await open();
    const { t, alice, bob, id, told } = s;
    await requestAccess(t.locker, bob, id);
    await requestAccess(t.locker, bob, 'zzzzzz');
    expect(told).toEqual([]);
    await setAllowRequests(t.locker, alice, true);
    await requestAccess(t.locker, bob, id);
    expect(kinds(told, alice)).toEqual(['access-requested']);
    // Not while it waits, and not for what one may see already.
    await requestAccess(t.locker, bob, id);
    await requestAccess(t.locker, alice, id);
    expect(told).toHaveLength(1);
    expect(await sees(t, bob, id)).toBe(false);
  });

  it('is limited, whether or not the files exist', async () => {
    await using s = await open();
    for (let i = 0; i < maxRequestsADay; i++)
      await requestAccess(s.t.locker, s.bob, `zzzz${String(i).padStart(2, '0')}`);
    await expect(requestAccess(s.t.locker, s.bob, s.id)).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it.each([
    ['once', { after: false, nextDay: false }],
    ['day', { after: true, nextDay: false }],
    ['always', { after: true, nextDay: true }],
  ] as const)('lets in "%s" as far as that goes, and tells both', async (answer, { after, nextDay }) => {
    await using s = await open();
    const { t, alice, bob, id, told } = s;
    const request = await ask(s);
    expect(request).toMatchObject({ file: id, by: 'bob' });
    const other = answerAccessRequest(t.locker, await t.person('carol'), request.id, answer);
    await expect(other).rejects.toMatchObject({ code: 'not_found' });
    await answerAccessRequest(t.locker, alice, request.id, answer);
    const again = answerAccessRequest(t.locker, alice, request.id, 'always');
    await expect(again).rejects.toMatchObject({ code: 'not_found' });
    expect(kinds(told, bob)).toEqual(['access-answered']);
    expect(await sees(t, bob, id)).toBe(true);
    // A look at what it is, without reading it, is no opening.
    await openFile(t.locker, bob, id);
    expect([await sees(t, bob, id), kinds(told, alice)]).toEqual([true, ['access-requested']]);
    await readFile(t.locker, bob, id);
    expect(kinds(told, alice)).toContain('first-opened');
    expect(await sees(t, bob, id)).toBe(after);
    t.advance(25 * 3_600_000);
    expect(await sees(t, bob, id)).toBe(nextDay);
  });

  it('and being denied changes nothing, and is not told', async () => {
    await using s = await open();
    const { t, alice, bob, id, told } = s;
    const request = await ask(s);
    await answerAccessRequest(t.locker, alice, request.id, 'deny');
    expect(kinds(told, bob)).toEqual([]);
    expect(await sees(t, bob, id)).toBe(false);
  });

  it('reaches the owner again after "once" was used, but not on the day it was denied', async () => {
    await using s = await open();
    const { t, alice, bob, id, told } = s;
    await setAllowRequests(t.locker, alice, true);
    const askAndAnswer = async (answer: 'once' | 'deny') => {
      await requestAccess(t.locker, bob, id);
      const [request] = await listAccessRequests(t.locker, alice);
      await answerAccessRequest(t.locker, alice, request?.id ?? '', answer);
    };
    const asked = () => kinds(told, alice).filter((kind) => kind === 'access-requested').length;
    await askAndAnswer('once');
    await readFile(t.locker, bob, id);
    await askAndAnswer('deny');
    expect(asked()).toBe(2);
    await requestAccess(t.locker, bob, id);
    expect(asked()).toBe(2);
    t.advance(25 * 3_600_000);
    await requestAccess(t.locker, bob, id);
    expect(asked()).toBe(3);
  });

  it('"once" is once, also for ten downloads at the same moment', async () => {
    await using s = await open();
    const { t, alice, bob, id } = s;
    const request = await ask(s);
    await answerAccessRequest(t.locker, alice, request.id, 'once');
    const opened = await Promise.allSettled(Array.from({ length: 10 }, () => readFile(t.locker, bob, id)));
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is not asked of the owner again while it waits, nor for a day after it was denied, however old it was then', async () => {
    await using s = await open();
    const { t, alice, bob, id, told } = s;
    await setAllowRequests(t.locker, alice, true);
    await requestAccess(t.locker, bob, id);
    const [first] = await listAccessRequests(t.locker, alice);
    t.advance(6.5 * dayMs);
    await requestAccess(t.locker, bob, id);
    // The buttons of the first one still answer it.
    expect(await listAccessRequests(t.locker, alice)).toMatchObject([{ id: first?.id }]);
    await answerAccessRequest(t.locker, alice, first?.id ?? '', 'deny');
    t.advance(0.9 * dayMs);
    await requestAccess(t.locker, bob, id);
    expect(kinds(told, alice)).toEqual(['access-requested']);
    t.advance(0.2 * dayMs);
    await requestAccess(t.locker, bob, id);
    expect(kinds(told, alice)).toEqual(['access-requested', 'access-requested']);
  });

  it('shows whoever asks nothing of what became of it', async () => {
    await using s = await open();
    const { t, alice, bob, id } = s;
    const { id: other } = await saveFile(t.locker, alice, 'other.txt');
    await setAllowRequests(t.locker, alice, true);
    const files = [id, other, 'zzzzzz'];
    // One waits, one is denied, and one reaches nobody.
    for (const file of files) await requestAccess(t.locker, bob, file);
    const shown = async () => {
      const found = await t.locker.collections.accessRequests.find({ asker: bob.account }).toArray();
      return found.map(({ askedAt, expiresAt }) =>
        [askedAt, expiresAt].map((time) => Math.round((time.getTime() - t.locker.now().getTime()) / 600_000)),
      );
    };
    for (const days of [1.04, 0.5, 1.5, 0.9, 6]) {
      t.advance(days * dayMs);
      for (const file of files) await requestAccess(t.locker, bob, file);
      const requests = await listAccessRequests(t.locker, alice);
      const denied = requests.find(({ file }) => file === other);
      if (denied !== undefined) await answerAccessRequest(t.locker, alice, denied.id, 'deny');
      const [first, ...others] = await shown();
      expect(others).toEqual([first, first]);
    }
  });

  it.each([
    ['day', 'hour', 'day'],
    ['day', 'once', 'day'],
    ['always', 'hour', 'always'],
    ['always', 'day', 'always'],
    ['once', 'hour', 'hour'],
    ['day', 'week', 'week'],
    ['day', 'always', 'always'],
  ] as const)('"%s" for who has it for %s gives it for %s', async (answer, before, after) => {
    await using s = await open();
    const { t, alice, bob, id } = s;
    const lasts = { hour: dayMs / 24, day: dayMs, week: 7 * dayMs, once: dayMs, always: null };
    const request = await ask(s);
    if (before === 'once' || before === 'day')
      await giveAccess(t.locker, alice.account, bob.account, id, before);
    else {
      const ms = lasts[before];
      const expiresAt = ms === null ? null : new Date(t.locker.now().getTime() + ms);
      await putGrant(
        t.locker,
        alice,
        { kind: 'file', fileId: id },
        { grantee: 'bob', role: 'viewer', expiresAt },
      );
    }
    t.advance(60_000);
    await answerAccessRequest(t.locker, alice, request.id, answer);
    const [grant] = await t.locker.collections.grants.find().toArray();
    expect(grant?.once).toBeUndefined();
    const left = grant?.expiresAt ? grant.expiresAt.getTime() - t.locker.now().getTime() : null;
    // To a tenth of an hour: the test itself takes time.
    const tenths = (ms: number | null) => (ms === null ? null : Math.round((ms / dayMs) * 240));
    expect(tenths(left)).toBe(tenths(lasts[after]));
  });

  it('and sharing with who was let in once is sharing, not once more', async () => {
    await using s = await open();
    const { t, alice, bob, id } = s;
    await giveAccess(t.locker, alice.account, bob.account, id, 'once');
    const target = { kind: 'file', fileId: id } as const;
    await putGrant(t.locker, alice, target, { grantee: 'bob', role: 'editor', expiresAt: null });
    await readFile(t.locker, bob, id);
    expect((await readFile(t.locker, bob, id)).toString()).toBe('wanted');
  });
});

describe('a link for one download by someone who may see the file', () => {
  it('is not among the links of the owner, and dies with the permission', async () => {
    await using s = await open();
    const { t, alice, bob, id } = s;
    const target = { kind: 'file', fileId: id } as const;
    const early = createFetchLink(t.locker, bob, id, { ttlSeconds: 60 });
    await expect(early).rejects.toMatchObject({ code: 'not_found' });
    await putGrant(t.locker, alice, target, { grantee: 'bob', role: 'viewer', expiresAt: null });
    const { token } = await createFetchLink(t.locker, bob, id, { ttlSeconds: 3600 });
    const guest = { door: 'link', client: 'test', address: 'test' } as const;
    expect(await listLinks(t.locker, alice)).toEqual([]);
    expect(await showDownloadLink(t.locker, guest, token)).toMatchObject({ file: { name: 'wanted.txt' } });
    await removeGrant(t.locker, alice, target, 'bob');
    await expect(showDownloadLink(t.locker, guest, token)).rejects.toMatchObject({ code: 'not_found' });
  });
});
