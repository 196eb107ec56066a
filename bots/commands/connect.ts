import { describeMe } from '../../src/accounts/describe-me.ts';
import {
  issueConnectCode,
  listIdentities,
  redeemConnectCode,
  removeIdentity,
} from '../../src/accounts/identities.ts';
import { takeCode } from '../arguments/code.ts';
import { lines } from '../port/text.ts';
import { accountWords } from '../words/accounts.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { memberCommand, note, openCommand, textOf, unlisted } from './define.ts';

/** Without a code it makes one; with one it links this chat to the account that made it. */
export const connect = openCommand({
  name: 'connect',
  ...manual.connect,
  read: (phrase) => ({ code: takeCode(phrase) ?? null }),
  async *run({ locker, chat }, { actor, identity, guest }, input) {
    const code = textOf(input, 'code');
    if (actor === undefined) {
      if (code === undefined) {
        yield note(accountWords.stranger(chat));
        return;
      }
      const known = await redeemConnectCode(locker, guest, { code, identity });
      yield note(accountWords.connected((await describeMe(locker, known)).handle));
      return;
    }
    if (code !== undefined) {
      yield note(accountWords.connectedAlready((await describeMe(locker, actor)).handle));
      return;
    }
    const issued = await issueConnectCode(locker, actor);
    const linked = await listIdentities(locker, actor);
    const seconds = Math.round((issued.expiresAt.getTime() - locker.now().getTime()) / 60_000) * 60;
    const unlink = linked
      .filter(({ current }) => !current)
      .map((other) => [
        {
          label: `${labels.unlink} ${accountWords.identity(other)}`,
          command: 'unlink',
          input: { identity: other.id },
          style: 'danger' as const,
        },
      ]);
    yield note(
      lines(
        accountWords.connectCode(issued.code, accountWords.howLong(seconds)),
        linked.length === 0 ? null : accountWords.linkedChats(linked),
      ),
      ...unlink,
    );
  },
});

export const unlink = memberCommand({
  name: 'unlink',
  ...unlisted,
  async *run({ locker }, { actor }, input) {
    await removeIdentity(locker, actor, textOf(input, 'identity') ?? '');
    yield note(accountWords.unlinked);
  },
});
