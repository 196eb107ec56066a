import { plural } from '../bots/words/plural.ts';
import { sweepJob } from '../jobs/sweep.ts';
import { sweep } from '../src/maintenance/sweep.ts';
import { openLocker } from '../src/open-locker.ts';
import type { Command } from './command.ts';
import { holdJob } from './hold-job.ts';

/** Settles what crashes left behind, now rather than by the clock. */
export const sweepCommand: Command = {
  name: 'sweep',
  usage: 'sweep',
  summary:
    'settle unfinished uploads and deletions and remove orphans (also done every ten minutes, for all once a day)',
  run: async ({ config, log, print }) => {
    const opened = await openLocker(config, log, 'operator');
    const { locker, exclusive } = opened;
    try {
      const held = await holdJob(opened, sweepJob, async (signal) => {
        const report = await sweep(locker, exclusive ? 0 : undefined, { signal });
        print(`settled ${report.settled}, removed ${plural(report.orphans, 'orphan')}`);
        return { ...report };
      });
      if (!held) print('Another sweep, or a restore, is under way. Try again when it is done.');
      return held ? 0 : 1;
    } finally {
      await opened.close();
    }
  },
};
