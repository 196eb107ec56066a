import { sweep } from '../src/maintenance/sweep.ts';
import { openLocker } from '../src/open-locker.ts';
import type { Command } from './command.ts';

/** Settles what crashes left behind, now rather than by the clock. */
export const sweepCommand: Command = {
  name: 'sweep',
  usage: 'sweep',
  summary: 'settle unfinished uploads and deletions and remove orphans (also done every ten minutes)',
  run: async ({ config, log, print }) => {
    const opened = await openLocker(config, log, 'operator');
    try {
      const { settled, orphans } = await (opened.exclusive ? sweep(opened.locker, 0) : sweep(opened.locker));
      print(`settled ${settled}, removed ${orphans} orphans`);
      return 0;
    } finally {
      await opened.close();
    }
  },
};
