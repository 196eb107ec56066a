import { describe, expect, it } from 'vitest';
import { requestDevice } from '../../../src/accounts/device-grant.ts';
import { describeFile } from '../../../src/files/describe-file.ts';
import { saveFile } from '../../support/files.ts';
import { openTestLocker } from '../../support/locker.ts';
import { contentOf, talk } from './talk.ts';

async function ground(...names: string[]) {
  const t = await openTestLocker();
  const actor = await t.person('alice');
  for (const name of names) await saveFile(t.locker, actor, name);
  return { t, actor, alice: talk(t, actor) };
}

describe('a list', () => {
  it('pages there and back, with numbers that go on and stay good', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `file ${String(n).padStart(2, '0')}.txt`);
    const { t, alice } = await ground(...names);
    await using _ = t;
    const first = await alice.says('/list by name');
    expect(first.text).toContain('1. file 00.txt');
    expect(first.labels).not.toContain('Previous');
    const second = await first.press('Next');
    expect(second.text).toMatch(/page 2\n9\. file 08\.txt/);
    const third = await second.press('Next');
    expect(third.text).toMatch(/page 3\n17\. file 16\.txt/);
    expect(third.labels).not.toContain('Next');
    expect((await alice.says('18')).delivery.file.name).toBe('file 17.txt');
    expect((await alice.says('/get 3')).delivery.file.name).toBe('file 02.txt');
    const back = await third.press('Previous');
    expect(back.text).toBe(second.text);
    expect((await back.press('Previous')).text).toBe(first.text);
    expect((await alice.says('/get 21')).text).toContain('numbers 1 to 8');
  });

  it('does not mix up the numbers of two lists that are open', async () => {
    const { t, alice } = await ground(
      ...Array.from({ length: 10 }, (_, n) => `a${n}.txt`),
      ...Array.from({ length: 10 }, (_, n) => `b${n}.txt`),
    );
    await using _ = t;
    const a = await alice.says('/find a by name');
    await alice.says('/find b by name');
    await a.press('Next');
    expect((await alice.says('1')).delivery.file.name).toBe('a0.txt');
    expect((await alice.says('9')).delivery.file.name).toBe('a8.txt');
  });

  it.each([
    ['/list', ['a.txt', 'b.txt', 'c.txt']],
    ['/list /work', ['b.txt', 'c.txt']],
    ['/list /work/2026/', ['c.txt']],
    ['/list #tax', ['b.txt']],
    ['/list in /work #tax', ['b.txt']],
    ['/list b', ['b.txt']],
    ['/find b /work', ['b.txt']],
  ])('%s', async (words, expected) => {
    const { t, actor, alice } = await ground('a.txt');
    await using _ = t;
    await saveFile(t.locker, actor, 'b.txt', { folder: '/work', tags: ['tax'] });
    await saveFile(t.locker, actor, 'c.txt', { folder: '/work/2026' });
    const shown = [...(await alice.says(words)).text.matchAll(/\d\. (\S+)/g)]
      .map(([, name = '']) => name)
      .toSorted((a, b) => a.localeCompare(b));
    expect(shown).toEqual(expected);
  });

  it('shows folders, which open', async () => {
    const { t, actor, alice } = await ground('a.txt');
    await using _ = t;
    await saveFile(t.locker, actor, 'b.txt', { folder: '/work' });
    const folders = await alice.says('/list folders');
    expect(folders.text).toContain('/work | 1 file · 5 bytes');
    expect((await folders.press('Open', 1)).text).toContain('b.txt');
  });

  it('says what is missing when there is nothing', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    expect((await alice.says('/list')).text).toContain('Your locker is empty');
    expect((await alice.says('/list trash')).text).toContain('The trash is empty');
    expect((await alice.says('/list /nowhere')).text).toBe('Nothing here.');
    expect((await alice.says('/find x')).text).toContain('no file that matches x');
    expect((await alice.says('/get 1')).text).toContain('show a list first');
    expect((await alice.says('/get')).text).toContain('Your locker is empty');
  });
});

describe('naming a file', () => {
  it('lets choose among several by a button that goes on with the command', async () => {
    const { t, actor, alice } = await ground('march report.pdf', 'april report.pdf');
    await using _ = t;
    await t.person('bob');
    const asked = await alice.says('/share report @bob editor for 2 days');
    expect(asked.text).toMatch(/Several files match report\. Which one\?/);
    expect((await asked.press('Choose', 1)).text).toContain(
      '@bob may view, fetch and edit march report.pdf until',
    );
    expect((await alice.says('/get "march report"')).delivery.file.name).toBe('march report.pdf');
    await saveFile(t.locker, actor, 'report');
    expect((await alice.says('report')).delivery.file.name).toBe('report');
  });

  it('tells apart files of one name, and quotes no more of what was typed than is needed', async () => {
    const { t, alice } = await ground('twin.txt', 'twin.txt');
    await using _ = t;
    const { replies } = await alice.says('/get twin');
    expect(replies).toMatchObject([{ entries: [{ text: ['1. ', {}] }, { text: ['2. ', {}] }] }]);
    expect((await alice.says(`/get ${'long '.repeat(700)}`)).text.length).toBeLessThan(250);
  });

  it('asks which one when nothing is said, and takes the card that a message replies to', async () => {
    const { t, actor, alice } = await ground('a.txt', 'b.txt');
    await using _ = t;
    const asked = await alice.says('/rename');
    expect(asked.text).toContain('Which file?');
    expect((await asked.press('Choose')).text).toContain('What is the new name of b.txt?');
    const { id } = await saveFile(t.locker, actor, 'c.txt');
    expect((await alice.says('/rename d', { repliesTo: id })).text).toContain('c.txt is now d.txt');
    expect((await alice.says('#new', { repliesTo: id })).text).toContain('has #new now');
    expect((await alice.says('get it', { repliesTo: id })).delivery.file.name).toBe('d.txt');
  });

  it('takes an id in any case, a path, and free text', async () => {
    const { t, actor, alice } = await ground();
    await using _ = t;
    const { id } = await saveFile(t.locker, actor, 'a b.txt', { folder: '/work' });
    for (const words of [id, id.toUpperCase(), `/get ${id}`, '/get /work/a b.txt', 'get a b', 'A B', 'b.txt'])
      expect([words, (await alice.says(words)).delivery.file.id]).toEqual([words, id]);
  });
});

describe('/get', () => {
  it('says when its message goes, and how long it can stay', async () => {
    const { t, alice } = await ground('report.pdf');
    await using _ = t;
    const said = await alice.says('/get report for 10 minutes');
    expect(said.delivery.deleteAfterSeconds).toBe(600);
    expect(said.text).toContain('I delete this message in 10 minutes');
    expect((await alice.says('/get for 1 hour report')).delivery.deleteAfterSeconds).toBe(3600);
    expect((await alice.says('/get report for 3 days')).text).toContain('up to 47 hours');
  });

  it('opens the content again for another attempt', async () => {
    const { t, alice } = await ground('report.pdf');
    await using _ = t;
    const { delivery } = await alice.says('/get report');
    expect(await contentOf(delivery)).toEqual(await contentOf(delivery));
  });

  it('gives a one-time link to what the chat does not carry: large and empty files', async () => {
    const { t, actor } = await ground();
    await using _ = t;
    const small = talk(t, actor, { deliveryLimitBytes: 10 });
    await saveFile(t.locker, actor, 'large.txt', { bytes: Buffer.alloc(11) });
    await saveFile(t.locker, actor, 'empty.txt', { bytes: Buffer.alloc(0) });
    await saveFile(t.locker, actor, 'fits.txt', { bytes: Buffer.alloc(10) });
    const large = await small.says('/get large');
    expect(large.text).toMatch(
      /large\.txt is 11 bytes; this chat takes at most 10 bytes .* once, until .*https:\/\/coffer\.test\/s\//,
    );
    expect((await small.says('/get empty')).text).toMatch(/0 bytes, which no chat can carry.*https:/);
    expect((await small.says('/get fits')).delivery.sizeBytes).toBe(10);
    expect((await talk(t, actor, { deliveryLimitBytes: null }).says('/get large')).delivery.sizeBytes).toBe(
      11,
    );
  });
});

describe('editing', () => {
  it('renames, moves and tags, and shows the card', async () => {
    const { t, alice } = await ground('report.pdf');
    await using _ = t;
    expect((await alice.says('/rename report to march')).card.file.name).toBe('march.pdf');
    expect((await alice.says('/move march to /my work/2026')).card.file.folder).toBe('/my work/2026');
    expect((await alice.says('/move /inbox march')).card.file.folder).toBe('/inbox');
    expect((await alice.says('/tag march #tax #old')).card.file.tags).toEqual(['tax', 'old']);
    expect((await alice.says('/tag march -old #new')).card.file.tags).toEqual(['tax', 'new']);
    expect((await alice.says('/tag march')).text).toContain('It has #tax #new.');
    expect((await alice.says('paid -tax')).card.file.tags).toEqual(['new', 'paid']);
    expect((await alice.says('/rename march to a/b')).text).toContain('cannot hold /');
  });

  it('trashes with a way back, and deletes for ever only after a question', async () => {
    const { t, alice } = await ground('report.pdf');
    await using _ = t;
    const trashed = await alice.says('/trash report');
    expect((await trashed.press('Undo')).text).toContain('It is back');
    const asked = await alice.says('/delete report');
    expect(asked.text).toContain('Delete report.pdf (10 bytes) for ever?');
    expect((await asked.press('Keep it')).text).toContain('stays');
    await alice.says('/trash report');
    expect((await (await alice.says('/delete report')).press('Delete for ever')).text).toContain(
      'is deleted for ever',
    );
    expect(await t.locker.collections.files.countDocuments()).toBe(0);
    expect((await alice.says('/restore report')).text).toContain('The trash holds no file');
  });

  it('empties from the trash only what was there when it asked', async () => {
    const { t, actor, alice } = await ground('old.txt', 'new.txt');
    await using _ = t;
    await alice.says('/trash old');
    const asked = await (await alice.says('/trash')).press('Empty the trash');
    t.advance(1000);
    const { id } = (await alice.says('/get new')).delivery.file;
    await alice.says('/trash new');
    expect((await asked.press('Delete for ever')).text).toBe('1 file deleted for ever.');
    expect(await describeFile(t.locker, actor, id)).toMatchObject({ name: 'new.txt' });
  });
});

describe('/prove', () => {
  it('says in words and facts that what is stored is sealed and whole, or that it is not', async () => {
    const { t, alice } = await ground('report.pdf');
    await using _ = t;
    const good = await alice.says('/prove report');
    expect(good.text).toMatch(/report\.pdf is sealed and whole.*its one segment/);
    expect(good.text).toMatch(/begins with 80[0-9a-f]+ \(80 begins a Fernet token\)/);
    expect(good.text).toMatch(/SHA-256: [0-9a-f]{64}/);
    await t.locker.collections.chunks.deleteMany({});
    const bad = await alice.says('/prove report');
    expect(bad.text).toContain('report.pdf is damaged. Its one segment did not verify');
    // Nothing of it is handed out: opening it fails, before a byte.
    await expect(contentOf((await alice.says('/get report')).delivery)).rejects.toMatchObject({
      code: 'content_damaged',
    });
  });
});

describe('the account', () => {
  it('approves a device only by button, after its name, address and scopes were shown', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    const guest = { door: 'api', client: '', address: '203.0.113.9' } as const;
    const device = await requestDevice(t.locker, guest, { client: 'Backup script', scope: 'files:read' });
    const shown = await alice.says(`/approve ${device.userCode.toLowerCase().replace('-', ' ')}`);
    expect(shown.text).toMatch(
      /Backup script wants to sign in[\s\S]*203\.0\.113\.9[\s\S]*see and fetch your files/,
    );
    expect(shown.text).not.toContain('administer');
    expect(await t.locker.collections.deviceGrants.findOne({})).toMatchObject({ status: 'pending' });
    expect((await shown.press('Approve')).text).toContain('Backup script is signed in');
    expect(await t.locker.collections.deviceGrants.findOne({})).toMatchObject({ status: 'approved' });
    expect((await shown.press('Deny')).text).toContain('No device waits');
    expect((await alice.says('/approve')).text).toContain('The code is missing');
  });

  it('keeps the time zone, in its one spelling, and shows times in it', async () => {
    const { t, alice } = await ground('report.pdf');
    await using _ = t;
    expect((await alice.says('/settings timezone asia/tokyo')).text).toContain('Asia/Tokyo');
    expect((await alice.says('/settings timezone Middle/Earth')).text).toContain(
      'do not know the time zone "Middle/Earth"',
    );
    const asked = await alice.says('/settings timezone');
    expect(asked.replies[0]?.kind).toBe('prompt');
    expect((await alice.says('America/New York')).text).toContain('America/New_York');
    expect((await alice.says('/settings colour red')).text).toContain('no setting "colour red"');
  });

  it('explains one command with its arguments, and says what it does not know', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    expect((await alice.says('/help share')).text).toMatch(
      /\/share <file or \/folder\/> @who[\s\S]*\/share report @alice until friday/,
    );
    expect((await alice.says('/help dance')).text).toContain('I do not know dance');
    expect((await alice.says('/help')).text).not.toContain('/claim');
  });
});
