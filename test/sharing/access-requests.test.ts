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
import { saveFile } from '../support/files.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';

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
    await setAllowRequests(t.locker, alice, true);
    await requestAccess(t.locker, bob, id);
    const [request] = await listAccessRequests(t.locker, alice);
    expect(request).toMatchObject({ file: id, by: 'bob' });
    const other = answerAccessRequest(t.locker, await t.person('carol'), request?.id ?? '', answer);
    await expect(other).rejects.toMatchObject({ code: 'not_found' });
    await answerAccessRequest(t.locker, alice, request?.id ?? '', answer);
    const again = answerAccessRequest(t.locker, alice, request?.id ?? '', 'always');
    await expect(again).rejects.toMatchObject({ code: 'not_found' });
    expect(kinds(told, bob)).toEqual(['access-answered']);
    expect(await sees(t, bob, id)).toBe(true);
    await openFile(t.locker, bob, id);
    expect(kinds(told, alice)).toContain('first-opened');
    expect(await sees(t, bob, id)).toBe(after);
    t.advance(25 * 3_600_000);
    expect(await sees(t, bob, id)).toBe(nextDay);
  });

  it('and being denied changes nothing, and is not told', async () => {
    await using s = await open();
    const { t, alice, bob, id, told } = s;
    await setAllowRequests(t.locker, alice, true);
    await requestAccess(t.locker, bob, id);
    const [request] = await listAccessRequests(t.locker, alice);
    await answerAccessRequest(t.locker, alice, request?.id ?? '', 'deny');
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
    await openFile(t.locker, bob, id);
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
    await setAllowRequests(t.locker, alice, true);
    await requestAccess(t.locker, bob, id);
    const [request] = await listAccessRequests(t.locker, alice);
    await answerAccessRequest(t.locker, alice, request?.id ?? '', 'once');
    const opened = await Promise.allSettled(Array.from({ length: 10 }, () => openFile(t.locker, bob, id)));
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
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
