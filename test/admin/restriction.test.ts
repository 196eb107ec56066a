import { describe, expect, it } from 'vitest';
import { releaseFile, restrictFile } from '../../src/admin/restrict-file.ts';
import { deleteFile } from '../../src/files/delete.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { openFile } from '../../src/files/download.ts';
import { editFile } from '../../src/files/edit.ts';
import { listFiles } from '../../src/files/list.ts';
import { listVersions } from '../../src/files/versions.ts';
import { isLockerError } from '../../src/errors.ts';
import { putGrant, removeGrant } from '../../src/sharing/grants.ts';
import { codeOf, listen, save } from '../accounts/helpers.ts';
import { openTestLocker } from '../support/locker.ts';

async function shared() {
  const t = await openTestLocker();
  const [olga, adam, mike, anna] = [
    await t.person('olga', 'owner'),
    await t.person('adam', 'admin'),
    await t.person('mike'),
    await t.person('anna'),
  ];
  const file = await save(t.locker, mike, 'poster.txt');
  const share = { grantee: 'anna', role: 'editor' as const, expiresAt: null };
  const target = { kind: 'file' as const, fileId: file.id };
  await putGrant(t.locker, mike, target, share);
  return { t, olga, adam, mike, anna, id: file.id, target, share };
}

describe('a restricted file', () => {
  it('is seen and may be deleted by its owner, and fetched, changed or shared by nobody', async () => {
    const { t, adam, mike, anna, id, target, share } = await shared();
    await using _t = t;
    await restrictFile(t.locker, adam, id, { reason: 'A complaint came in.' });
    const uses = (actor: typeof mike) => [
      () => openFile(t.locker, actor, id),
      () => listVersions(t.locker, actor, id),
      () => editFile(t.locker, actor, id, { name: 'other.txt' }),
      () => putGrant(t.locker, actor, target, { ...share, grantee: 'adam' }),
    ];
    for (const use of uses(mike)) expect(await codeOf(use())).toBe('restricted');
    for (const use of [...uses(anna), () => describeFile(t.locker, anna, id)])
      expect(await codeOf(use())).toBe('not_found');
    expect((await listFiles(t.locker, mike, { limit: 10 })).files).toMatchObject([{ id, restricted: true }]);
    expect((await listFiles(t.locker, anna, { whose: 'all', limit: 10 })).files).toEqual([]);
    expect(await describeFile(t.locker, mike, id)).toMatchObject({ restricted: true });
    await removeGrant(t.locker, mike, target, 'anna');
    await deleteFile(t.locker, mike, id);
  });

  it('tells its owner why, and nobody else', async () => {
    const { t, adam, mike, id } = await shared();
    await using _t = t;
    const heard = listen(t.locker);
    await restrictFile(t.locker, adam, id, { reason: 'A complaint came in.' });
    const refused = await openFile(t.locker, mike, id).catch((error: unknown) => error);
    expect(isLockerError(refused, 'restricted') && refused.details.hint).toContain('A complaint came in.');
    expect(heard).toMatchObject([
      {
        account: mike.account,
        notice: { kind: 'file-restricted', file: id, reason: 'A complaint came in.' },
      },
    ]);
    const stored = await t.locker.collections.files.findOne({ _id: id });
    const sealed = Buffer.from(stored?.restriction?.reason?.value() ?? []).toString('latin1');
    expect(sealed).not.toBe('');
    expect(sealed + t.logLines.join('')).not.toContain('complaint');
  });

  it('works again once it is lifted, for those it was shared with too', async () => {
    const { t, adam, mike, anna, id } = await shared();
    await using _t = t;
    await restrictFile(t.locker, adam, id, {});
    await releaseFile(t.locker, adam, id);
    await releaseFile(t.locker, adam, id);
    for (const actor of [mike, anna]) await expect(openFile(t.locker, actor, id)).resolves.toBeDefined();
    expect(await describeFile(t.locker, mike, id)).toMatchObject({ restricted: false });
  });

  it('does not tell an administrator its name, and gives them no access', async () => {
    const { t, adam, id } = await shared();
    await using _t = t;
    const answer = await restrictFile(t.locker, adam, id, {});
    expect(JSON.stringify(answer)).not.toContain('poster');
    expect(answer).toMatchObject({ id, owner: 'mike' });
    expect(await codeOf(openFile(t.locker, adam, id))).toBe('not_found');
  });

  it('cannot be one of the owner of the installation, of another administrator, or one that is not there', async () => {
    const { t, olga, adam, mike, id } = await shared();
    await using _t = t;
    const owners = await save(t.locker, olga);
    expect(await codeOf(restrictFile(t.locker, adam, owners.id, {}))).toBe('forbidden');
    expect(await codeOf(restrictFile(t.locker, adam, 'zzzzzz', {}))).toBe('not_found');
    expect(await codeOf(restrictFile(t.locker, mike, id, {}))).toBe('insufficient_scope');
    const adams = await save(t.locker, adam);
    await expect(restrictFile(t.locker, olga, adams.id, {})).resolves.toBeDefined();
  });
});
