import { plural } from '../../bots/words/plural.ts';
import { listCounts } from '../../src/keys/count-keys.ts';
import { rotateKeys } from '../../src/keys/rotate.ts';
import { openLocker } from '../../src/open-locker.ts';
import { operator } from '../operator.ts';
import { showProgress } from '../progress.ts';
import type { KeysSubcommand } from './subcommand.ts';

/** Brings everything under the primary key. */
export const rotateKeysCommand: KeysSubcommand = {
  name: 'rotate',
  usage: 'rotate [--all]',
  summary: 'wrap every stored key under the primary key; may be cut off and run again',
  run: async ({ config, log, words, print }) => {
    const all = words.includes('--all');
    const opened = await openLocker(config, log, 'operator');
    const progress = showProgress('wrapping', 'records', print);
    try {
      const report = await rotateKeys(opened.locker, operator, {
        all,
        onProgress: ({ done, total }) => progress.update(done, total),
      });
      progress.stop();
      const counts = listCounts(report.rewrapped);
      for (const place of report.unopened) print(`no master key opens: ${place}`);
      print(
        `${counts === '' ? 'Nothing was left to wrap' : `Wrapped ${counts}`} under ${report.primaryId}.${report.unopened.length === 0 ? '' : ` ${plural(report.unopened.length, 'wrapped key does', 'wrapped keys do')} not open and were left.`}`,
      );
      return report.unopened.length === 0 ? 0 : 1;
    } finally {
      progress.stop();
      await opened.close();
    }
  },
};
