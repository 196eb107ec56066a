import { describe, expect, it } from 'vitest';
import { changeAccount } from '../../../src/admin/change-account.ts';
import { commands } from '../../../bots/commands/index.ts';
import { saveFile } from '../../support/files.ts';
import { openTestLocker } from '../../support/locker.ts';
import { talk } from './talk.ts';

/** What a stranger's words are answered with: one text, whatever the command. */
const door = 'This is a private file locker.';

describe('a stranger', () => {
  it('gets the same answer for every command but those that let someone in', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice', 'owner');
    await saveFile(t.locker, alice, 'report.pdf');
    const stranger = talk(t, { label: 'Mallory' });
    const answers = new Set<string>();
    for (const { name } of commands.filter(({ name: some }) => !['claim', 'join'].includes(some)))
      answers.add((await stranger.says(`/${name} ${name === 'connect' ? '' : 'report.pdf @alice'}`)).text);
    for (const words of ['report.pdf', '1', 'list', '']) answers.add((await stranger.says(words)).text);
    answers.add((await stranger.sends({ name: 'x' })).text);
    expect(answers.size).toBe(1);
    expect([...answers][0]).toContain(door);
  });

  it.each([
    '/claim aaaaa-bbbbb-ccccc-ddddd mallory',
    '/join aaaaa-bbbbb-ccccc-ddddd mallory',
    '/connect aaaaa-bbbbb-ccccc-ddddd',
  ])('makes nothing with a wrong code: %s', async (words) => {
    await using t = await openTestLocker();
    await t.person('alice', 'owner');
    const stranger = talk(t, { label: 'Mallory' });
    const said = await stranger.says(words);
    expect(said.text).not.toContain('Welcome');
    expect(await t.locker.collections.accounts.countDocuments()).toBe(1);
    expect(await t.locker.collections.identities.countDocuments()).toBe(0);
  });

  it('cannot press what a member was shown', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice', 'owner');
    const file = await saveFile(t.locker, alice, 'report.pdf');
    const stranger = talk(t, { label: 'Mallory' });
    for (const command of commands.filter(({ who }) => who !== 'stranger')) {
      const said = await stranger.run(command, {
        input: { file: file.id, sure: true, trash: true, decision: 'approve', originals: true, admin: true },
      });
      expect(`${command.name}: ${said.text}`).toContain(door);
    }
  });
});

describe('a file of someone else', () => {
  it.each([
    'get',
    'share',
    'unshare',
    'link',
    'rename',
    'move',
    'tag',
    'trash',
    'restore',
    'delete',
    'versions',
    'prove',
    'activity',
    'show',
  ])('is answered by /%s like one that never was', async (name) => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const bob = talk(t, await t.person('bob'));
    const { id } = await saveFile(t.locker, alice, 'report.pdf');
    // A button of a file that was taken back.
    const command = commands.find((some) => some.name === name);
    if (command === undefined) throw new Error(name);
    const input = { sure: true, name: 'x', folder: name === 'move' ? '/x' : null, add: ['x'], who: 'alice' };
    const theirs = await bob.run(command, { input: { ...input, file: id } });
    const nobodys = await bob.run(command, { input: { ...input, file: 'zzzzzz' } });
    expect(theirs.text).toBe(nobodys.text);
    expect(theirs.text).toContain('no such file');
    // And its id, typed.
    const typed = await bob.says(`/${name} ${id}`);
    expect(typed.text.replaceAll(id, 'zzzzzz')).toBe((await bob.says(`/${name} zzzzzz`)).text);
    expect(typed.text).not.toContain('report');
    expect(typed.labels).toEqual((await bob.says(`/${name} zzzzzz`)).labels);
  });

  it('is asked for with the same answer whether it is there or not', async () => {
    await using t = await openTestLocker();
    const { id } = await saveFile(t.locker, await t.person('alice'), 'report.pdf');
    const bob = talk(t, await t.person('bob'));
    const asked = await (await bob.says(id)).press('Ask for access');
    expect(asked.text.replaceAll(id, 'zzzzzz')).toBe((await bob.says('/request zzzzzz')).text);
  });
});

describe('a suspended account', () => {
  it('is told so by every command, and nothing happens', async () => {
    await using t = await openTestLocker();
    const owner = await t.person('alice', 'owner');
    const actor = await t.person('bob');
    const file = await saveFile(t.locker, actor, 'report.pdf');
    await changeAccount(t.locker, owner, 'bob', { status: 'suspended' });
    const bob = talk(t, actor);
    for (const words of [
      '/list',
      '/get report',
      '/share report @alice',
      '/trash report',
      '/usage',
      '/activity',
      '/invite',
      'report',
      '/connect',
    ])
      expect(`${words}: ${(await bob.says(words)).text}`).toContain('suspended');
    expect((await bob.sends({ name: 'new.txt' })).text).toContain('suspended');
    expect(await t.locker.collections.files.countDocuments()).toBe(1);
    expect(await t.locker.collections.files.findOne({ _id: file.id })).toMatchObject({ trashedAt: null });
  });
});

describe('an invite', () => {
  it('is made by administrators only, and help says so', async () => {
    await using t = await openTestLocker();
    const owner = talk(t, await t.person('alice', 'owner'));
    const member = talk(t, await t.person('bob'));
    expect((await member.says('/invite')).text).toContain('Only administrators');
    expect((await member.says('/help')).text).not.toContain('/invite');
    expect((await member.says('/help invite')).text).toContain('I do not know invite');
    expect((await owner.says('/help')).text).toContain('/invite');
    expect((await owner.says('/invite admin for 3 days')).text).toMatch(
      /as an administrator,.*within 3 days/,
    );
    expect((await owner.says('/invite please')).text).toContain('I understand admin');
  });

  it('asks again for a handle that is taken or not allowed, and the code stays good', async () => {
    await using t = await openTestLocker();
    const owner = talk(t, await t.person('alice', 'owner'));
    const code = /join (\S+)/.exec((await owner.says('/invite')).text)?.[1] ?? '';
    const guest = talk(t, { label: 'Alice' });
    expect((await guest.says(`/start join_${code}`)).text).toContain('for example alice');
    expect((await guest.says('alice')).text).toContain('@alice is taken');
    expect((await guest.says('no spaces please')).text).toContain('cannot be a handle');
    expect((await guest.says('@Alice2')).text).toContain('Welcome, @alice2');
    expect((await guest.says(`/join ${code} again`)).text).toContain(
      'You have an account here already: @alice2',
    );
  });
});

describe('/connect', () => {
  it('links a second chat to the same locker, once, and it can be unlinked', async () => {
    await using t = await openTestLocker();
    const actor = await t.person('alice');
    await saveFile(t.locker, actor, 'report.pdf');
    const first = talk(t, actor);
    const code = /connect (\S+)/.exec((await first.says('/connect')).text)?.[1] ?? '';
    const second = talk(t, { label: 'Alice elsewhere' });
    expect((await second.says(`/connect ${code}`)).text).toContain('you are @alice here too');
    expect((await second.says('/list')).text).toContain('report.pdf');
    expect((await talk(t, {}).says(`/connect ${code}`)).text).toContain('wrong, was used, or has expired');
    const shown = await first.says('/connect');
    expect(shown.text).toContain('Telegram (Alice elsewhere)');
    await shown.press('Unlink Telegram (Alice elsewhere)');
    expect((await second.says('/list')).text).toContain(door);
  });

  it('is not done by a link to the bot: whoever follows a link of a stranger would save in their locker', async () => {
    await using t = await openTestLocker();
    const mallory = talk(t, await t.person('mallory'));
    const code = /connect (\S+)/.exec((await mallory.says('/connect')).text)?.[1] ?? '';
    const victim = talk(t, {});
    await victim.says(`/start connect_${code}`);
    await victim.says(`/start ${code}`);
    expect(await t.locker.collections.identities.countDocuments()).toBe(0);
  });
});
