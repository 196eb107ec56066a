import { addKey } from '../../src/keys/add.ts';
import { openLocker } from '../../src/open-locker.ts';
import { operator } from '../operator.ts';
import type { KeysSubcommand } from './subcommand.ts';

/** Makes a new primary key. */
export const addKeyCommand: KeysSubcommand = {
  name: 'add',
  usage: 'add',
  summary: 'add a new master key to the keyring file, as the primary',
  run: async ({ config, log, print }) => {
    if (config.keys !== undefined) {
      print('The keys come from COFFER_KEYS, which only you can change. To add a key:');
      print('  1. make one with: node . keys generate');
      print('  2. put it in front of the others in COFFER_KEYS, with a comma behind it, on every instance');
      print('  3. restart every instance, then run: node . keys rotate');
      return 1;
    }
    const opened = await openLocker(config, log, 'operator');
    try {
      const id = await addKey(opened.locker, operator, config.keysFile);
      print(`Added ${id} as the primary key to ${config.keysFile}. A running Coffer uses it from now on.`);
      print(
        'Copy the keyring file to a safe place now: what is stored from here on opens with this key only.',
      );
      print(
        'On other machines bring the same file there first. Then wrap what is stored: node . keys rotate',
      );
      return 0;
    } finally {
      await opened.close();
    }
  },
};
