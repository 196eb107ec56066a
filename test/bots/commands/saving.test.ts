import { describe, expect, it } from 'vitest';
import { readPurpose } from '../../../bots/commands/upload-purpose.ts';
import { AttachmentError } from '../../../bots/port/incoming.ts';
import { messagesToRemove } from '../../../bots/port/removal.ts';
import { listLinks } from '../../../src/links/list-links.ts';
import { LockerError } from '../../../src/errors.ts';
import { trashFile } from '../../../src/files/trash.ts';
import { readFile, saveFile } from '../../support/files.ts';
import { openTestLocker } from '../../support/locker.ts';
import { contentOf, talk } from './talk.ts';

const open = () => Promise.reject(new Error('fetched'));

describe('saving', () => {
  it('answers an album with one list of all its files, which numbers then name', async () => {
    await using t = await openTestLocker();
    const alice = talk(t, await t.person('alice'));
    const photos = Array.from({ length: 10 }, (_, n) => ({
      kind: 'photo' as const,
      mediaType: 'image/jpeg',
      bytes: Buffer.from(`photo ${n}`),
    }));
    const said = await alice.sends(photos, '/holidays #sea');
    expect(said.replies).toHaveLength(1);
    expect(said.text).toMatch(/^Saved 10 files, 70 bytes\n1\. Photo .*\.jpg/);
    const tenth = (await alice.says('10')).delivery;
    expect(tenth.file).toMatchObject({ folder: '/holidays', tags: ['sea'] });
    expect(tenth.file.name).toMatch(/^Photo \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d \(10\)\.jpg$/);
    expect(await contentOf(tenth)).toEqual(Buffer.from('photo 9'));
  });

  it('saves a message once, however often the chat delivers it', async () => {
    await using t = await openTestLocker();
    const alice = talk(t, await t.person('alice'));
    const sent = { name: 'a.txt', origin: 'message 7' };
    const first = await alice.sends(sent);
    const again = await alice.sends({ ...sent, open });
    expect(again.card.file.id).toBe(first.card.file.id);
    expect(await t.locker.collections.files.countDocuments()).toBe(1);
  });

  it('restores what was moved to the trash since it was saved, if it is sent once more', async () => {
    await using t = await openTestLocker();
    const actor = await t.person('alice');
    const alice = talk(t, actor);
    const sent = { name: 'a.txt', origin: 'message 7' };
    const { id } = (await alice.sends(sent)).card.file;
    await trashFile(t.locker, actor, id);
    const { card } = await alice.sends({ ...sent, open });
    expect([card.file.id, card.file.trashedAt]).toEqual([id, null]);
    expect((await alice.says('/list')).text).toContain('a.txt');
  });

  it('says what of an album was not saved, keeps the rest, and touches no original', async () => {
    await using t = await openTestLocker();
    const alice = talk(t, await t.person('alice'));
    await alice.says('/settings originals on');
    const said = await alice.sends([
      { name: 'good.txt' },
      {
        name: 'cut.txt',
        open: async () =>
          (async function* () {
            yield Buffer.from('half');
            throw new AttachmentError('The chat stopped in the middle.');
          })(),
      },
      { name: 'gone.txt', obstacle: { sentence: 'It was deleted.' } },
      { name: 'short.txt', bytes: Buffer.from('four'), sizeBytes: 5 },
    ]);
    expect(said.card.file.name).toBe('good.txt');
    expect(said.text).toContain('cut.txt was not saved. The chat stopped in the middle.');
    expect(said.text).toContain('gone.txt was not saved. It was deleted.');
    expect(said.text).toContain('short.txt was not saved.');
    expect(said.replies.map(({ kind }) => kind)).not.toContain('removal');
    expect(said.labels).not.toContain('Remove from chat');
    expect(await t.locker.collections.files.countDocuments()).toBe(1);
  });

  it('passes on an error that passes, so that the message is worked on again', async () => {
    await using t = await openTestLocker();
    const alice = talk(t, await t.person('alice'));
    const said = await alice.sends([
      { name: 'good.txt' },
      { name: 'bad.txt', open: () => Promise.reject(new LockerError('database_unavailable')) },
    ]);
    expect(said.text).toContain('cannot be reached');
    expect(said.text).not.toContain('good.txt');
  });

  it('offers to remove the original, or removes it if that is the setting, and says so', async () => {
    await using t = await openTestLocker();
    const actor = await t.person('alice');
    const alice = talk(t, actor);
    const asked = await alice.sends({ name: 'a.txt' }, '', { messages: ['m1', 'm2'] });
    const button = asked.card.actions.flat().find(({ label }) => label === 'Remove from chat');
    expect(button?.command).toBe('remove-from-chat');
    expect(messagesToRemove(button?.input ?? {})).toEqual(['m1', 'm2']);
    expect((await alice.says('/settings originals on')).text).toContain('I delete the message');
    const removed = await alice.sends({ name: 'b.txt' }, '', { messages: ['m3'] });
    expect(removed.text).toContain('I delete your message');
    expect(removed.replies.at(-1)).toEqual({ kind: 'removal', messages: ['m3'] });
    const elsewhere = talk(t, actor, { deletesMessages: false });
    expect((await elsewhere.says('/settings originals on')).text).toContain('cannot delete');
    expect((await elsewhere.sends({ name: 'c.txt' })).labels).not.toContain('Remove from chat');
  });

  it('gives a one-time upload link, bound to its message, for what the chat does not hand over', async () => {
    await using t = await openTestLocker();
    const actor = await t.person('alice');
    const alice = talk(t, actor);
    const large = {
      name: 'holiday.mov',
      sizeBytes: 31_000_000,
      obstacle: { tooLarge: true, limitBytes: 20_000_000 },
    } as const;
    const said = await alice.sends(large, '/films', { messages: ['m9'] });
    expect(said.text).toContain('holiday.mov is 31 MB; this chat hands me at most 20 MB.');
    expect(said.text).toMatch(/https:\/\/coffer\.test\/u\/\S+/);
    expect(await listLinks(t.locker, actor)).toMatchObject([{ kind: 'upload', limit: 1, folder: '/films' }]);
    expect(readPurpose('{"chat":"telegram","identity":"telegram:1","reply":"m9"}')).toEqual({
      chat: 'telegram',
      identity: 'telegram:1',
      reply: 'm9',
    });
    expect(['', 'null', '{}', '{"chat":"x","identity":"y"}'].map(readPurpose)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const tooLarge = await talk(t, actor).sends({ ...large, sizeBytes: t.locker.limits.maxFileBytes + 1 });
    expect(tooLarge.text).toContain('this locker takes files up to');
  });

  it('tells the limit when the file or the locker is too full, before a byte is fetched', async () => {
    await using t = await openTestLocker({ maxFileBytes: 1000, quotaBytes: 2000 });
    const alice = talk(t, await t.person('alice'));
    expect((await alice.sends({ name: 'a', sizeBytes: 1001, open })).text).toContain(
      'the largest that this locker takes is 1 KB',
    );
    await alice.sends({ name: 'b', bytes: Buffer.alloc(1000) });
    await alice.sends({ name: 'c', bytes: Buffer.alloc(1000) });
    expect((await alice.sends({ name: 'd', sizeBytes: 1000, open })).text).toContain(
      'your locker holds 2 KB',
    );
    expect((await alice.says('/usage')).text).toContain('2 KB of 2 KB used (100%)');
  });

  it('saves a reply to a card as the next version, once, and another kind of file as a new file', async () => {
    await using t = await openTestLocker();
    const actor = await t.person('alice');
    const alice = talk(t, actor);
    const { id } = await saveFile(t.locker, actor, 'report.txt');
    const next = { name: 'whatever.TXT', bytes: Buffer.from('second'), origin: 'message 7' };
    const said = await alice.sends(next, '', { repliesTo: id });
    expect(said.text).toContain('Saved as version 2 of report.txt');
    expect((await alice.sends({ ...next, open }, '', { repliesTo: id })).card.file.version).toBe(2);
    expect((await alice.sends({ name: 'photo.jpg' }, '', { repliesTo: id })).card.file.name).toBe(
      'photo.jpg',
    );
    expect(await readFile(t.locker, actor, id)).toEqual(Buffer.from('second'));
    const versions = await alice.says('/versions report');
    expect(versions.text).toMatch(/2 versions of report\.txt\n- Version 2 \(current\).*\n- Version 1 \|/);
    expect(await contentOf((await versions.press('Get', 1)).delivery)).toEqual(Buffer.from('report.txt'));
    expect(await contentOf((await alice.says('/get report v1')).delivery)).toEqual(Buffer.from('report.txt'));
    expect((await alice.says('/get report v7')).text).toContain('no such version');
  });

  it('takes another reply for another version, although it is as long and was sent before the last was saved', async () => {
    await using t = await openTestLocker();
    const actor = await t.person('alice');
    const alice = talk(t, actor);
    const { id } = await saveFile(t.locker, actor, 'notes.txt');
    const about = { repliesTo: id, sentAt: t.locker.now() };
    await alice.sends({ name: 'notes.txt', bytes: Buffer.from('AAA') }, '', about);
    const said = await alice.sends({ name: 'notes.txt', bytes: Buffer.from('BBB') }, '', about);
    expect(said.text).toContain('Saved as version 3 of notes.txt');
    expect(await readFile(t.locker, actor, id)).toEqual(Buffer.from('BBB'));
  });

  it('shows how far a large file is', async () => {
    await using t = await openTestLocker();
    const alice = talk(t, await t.person('alice'));
    const said = await alice.sends({ name: 'big.bin', bytes: Buffer.alloc(6_000_000) });
    expect(said.replies.map(({ kind }) => kind)).toEqual(['progress', 'card']);
  });

  it('does not take a bad folder or tag, and says why', async () => {
    await using t = await openTestLocker();
    const alice = talk(t, await t.person('alice'));
    expect((await alice.sends({ name: 'a' }, `/${'x/'.repeat(40)}`)).text).toContain(
      'at most 32 levels deep',
    );
    expect(await t.locker.collections.files.countDocuments()).toBe(0);
  });
});
