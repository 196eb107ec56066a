import { describeMe } from '../../src/accounts/describe-me.ts';
import { accountWords } from '../words/accounts.ts';
import { manual } from '../words/manual.ts';
import { memberCommand, note } from './define.ts';

export const usage = memberCommand({
  name: 'usage',
  ...manual.usage,
  async *run({ locker }, { actor }) {
    yield note(accountWords.usage(await describeMe(locker, actor)));
  },
});
