import { newKeyringText } from '../../src/keyring-file.ts';
import type { KeysSubcommand } from './subcommand.ts';

/** Makes a keyring. Touches no database and no file. */
export const generateKeys: KeysSubcommand = {
  name: 'generate',
  usage: 'generate',
  summary: 'print a new keyring, for a new installation on an external MongoDB',
  run: async ({ print }) => {
    print(newKeyringText(new Date()).trimEnd());
    return 0;
  },
};
