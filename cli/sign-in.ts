import { issueSignInCode } from '../src/accounts/sign-in-code.ts';
import { operator } from './operator.ts';
import { openLocker } from '../src/open-locker.ts';
import type { Command } from './command.ts';

/** Lets someone in again who lost every token. */
export const signInCommand: Command = {
  name: 'sign-in',
  usage: 'sign-in HANDLE',
  summary: 'make a code, good for 15 minutes, that signs an account in again',
  run: async ({ config, log, words: [handle], print }) => {
    if (handle === undefined) {
      print('Say who: node . sign-in HANDLE');
      return 2;
    }
    const opened = await openLocker(config, log, 'operator');
    try {
      const { code, expiresAt } = await issueSignInCode(opened.locker, operator, handle);
      const url = config.publicUrl ?? `http://${config.host}:${config.port}`;
      print(`Good once, until ${expiresAt.toISOString()}:\n`);
      print(
        `  curl -s ${url}/v1/token -H 'Content-Type: application/json' -d '${JSON.stringify({ grant_type: 'authorization_code', code })}'`,
      );
      return 0;
    } finally {
      await opened.close();
    }
  },
};
