import { approveDevice, denyDevice, describeDevice } from '../../src/accounts/approve-device.ts';
import { UsageError } from '../port/command.ts';
import { accountWords } from '../words/accounts.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { memberCommand, note, readerOf, textOf } from './define.ts';

/** Shows who waits behind a code, and decides only by button. */
export const approve = memberCommand({
  name: 'approve',
  ...manual.approve,
  read: (phrase) => ({ code: phrase.rest }),
  async *run(context, { actor }, input) {
    const { locker } = context;
    const code = textOf(input, 'code');
    if (code === undefined) throw new UsageError(accountWords.codeMissing);
    const decision = textOf(input, 'decision');
    if (decision === 'approve') {
      const { client } = await approveDevice(locker, actor, code);
      yield note(accountWords.approved(client), [{ label: labels.sessions, command: 'sessions', input: {} }]);
    } else if (decision === 'deny') {
      await denyDevice(locker, actor, code);
      yield note(accountWords.denied);
    } else {
      const device = await describeDevice(locker, actor, code);
      const decide = (label: string, choice: string) => ({
        label,
        command: 'approve',
        input: { code: device.userCode, decision: choice },
        where: 'edit' as const,
      });
      yield note(accountWords.approve(device, await readerOf(context)), [
        { ...decide(labels.approve, 'approve'), style: 'primary' },
        { ...decide(labels.deny, 'deny'), style: 'danger' },
      ]);
    }
  },
});
