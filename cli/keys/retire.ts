import { setTimeout as delay } from 'node:timers/promises';
import { plural } from '../../bots/words/plural.ts';
import { retireKey, settlesInMs } from '../../src/keys/retire.ts';
import { openLocker } from '../../src/open-locker.ts';
import { operator } from '../operator.ts';
import type { KeysSubcommand } from './subcommand.ts';

/** Takes out a key that nothing needs any more. */
export const retireKeyCommand: KeysSubcommand = {
  name: 'retire',
  usage: 'retire KEYID [--revoke-tokens]',
  summary: 'take a master key out of the keyring file, if nothing needs it any more',
  run: async ({ config, log, words, print }) => {
    const keyId = words.find((word) => !word.startsWith('-'));
    if (keyId === undefined) {
      print('Say which: node . keys retire KEYID. See node . keys list');
      return 2;
    }
    const keysFile = config.keys === undefined ? config.keysFile : undefined;
    const opened = await openLocker(config, log, 'operator');
    try {
      const waitMs = keysFile === undefined ? 0 : await settlesInMs(keysFile);
      if (waitMs > 0) {
        print(
          `The keyring changed a moment ago; waiting ${Math.ceil(waitMs / 1000)} s for what is under way.`,
        );
        await delay(waitMs);
      }
      const { unopened } = await retireKey(opened.locker, operator, {
        keyId,
        keysFile,
        revokeTokens: words.includes('--revoke-tokens'),
      });
      if (unopened > 0)
        print(
          `${plural(unopened, 'wrapped key opens', 'wrapped keys open')} with no key at all, this one included. See node . check`,
        );
      print(
        keysFile === undefined
          ? `Nothing needs ${keyId}. Take it out of COFFER_KEYS on every instance and restart them.`
          : `Retired ${keyId}: it is out of ${keysFile}. Do the same on other machines.`,
      );
      print('Keep your copy of the key as long as you keep backups from before the rotation: they need it.');
      return 0;
    } finally {
      await opened.close();
    }
  },
};
