import { defaultInviteSeconds, invite as issueInvite } from '../../src/accounts/invites.ts';
import { maxDurationWords, readDuration } from '../arguments/duration.ts';
import { UsageError } from '../port/command.ts';
import { accountWords } from '../words/accounts.ts';
import { manual } from '../words/manual.ts';
import { memberCommand, note, numberOf } from './define.ts';

const longestSeconds = 30 * 24 * 3600;

export const invite = memberCommand({
  name: 'invite',
  ...manual.invite,
  who: 'admin',
  read(phrase) {
    const seconds =
      phrase.takeAfter(['for'], readDuration, maxDurationWords)?.value ??
      phrase.takeRun(readDuration, maxDurationWords);
    const [admin] = phrase.takeWords((word) => (/^admin(istrator)?$/i.test(word) ? true : undefined), ['as']);
    if (!phrase.isEmpty) throw new UsageError(accountWords.inviteWords);
    if (seconds !== undefined && seconds > longestSeconds)
      throw new UsageError(accountWords.inviteTooLong(longestSeconds));
    return { ...(seconds === undefined ? {} : { seconds }), admin: admin ?? false };
  },
  async *run({ locker }, { actor }, input) {
    const role = input['admin'] === true ? 'admin' : 'member';
    const ttlSeconds = numberOf(input, 'seconds') ?? defaultInviteSeconds;
    const { code } = await issueInvite(locker, actor, { role, ttlSeconds });
    yield note(accountWords.invite(code, role, accountWords.howLong(ttlSeconds)));
  },
});
