import type { Log } from '../log.ts';
import type { Notifier } from './notifier.ts';

/** Notes that there was something to tell, for installations without a chat: the account's id and the kind only. */
export const logNotifier = (log: Log): Notifier => ({
  deliver: async (account, { kind }) => {
    log.info({ account, notice: kind }, 'notice');
    return true;
  },
});
