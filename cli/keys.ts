import { newKeyringText } from '../src/keyring-file.ts';
import type { Command } from './command.ts';

/** Makes keyrings. Touches no database. */
export const keysCommand: Command = {
  name: 'keys',
  usage: 'keys generate',
  summary: 'print a new keyring, for a new installation on an external MongoDB',
  run: async ({ words: [word], print }) => {
    if (word !== 'generate') {
      print('Say what: node . keys generate');
      return 2;
    }
    print(newKeyringText(new Date()).trimEnd());
    return 0;
  },
};
