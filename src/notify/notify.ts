import type { Locker } from '../locker.ts';
import type { Notice, Notifier } from './notifier.ts';

/**
 * Tells an account's person something, by every way there is. Never throws, and use cases do not wait for it: what they
 * did stands whether or not the news arrives. Failures are logged.
 */
export async function notify(locker: Locker, account: string, notice: Notice): Promise<void> {
  await Promise.all([...locker.notifiers].map((notifier) => deliver(locker, notifier, account, notice)));
}

async function deliver(locker: Locker, notifier: Notifier, account: string, notice: Notice): Promise<void> {
  try {
    await notifier.deliver(account, notice);
  } catch (error) {
    locker.log.warn({ account, notice: notice.kind, err: error }, 'a notice could not be delivered');
  }
}
