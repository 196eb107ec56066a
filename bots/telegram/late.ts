import { newId } from '../../src/ids.ts';
import { show, type Showing } from './show.ts';
import { laneOf, type Telegram } from './telegram.ts';

/** A message that Telegram did not take in time, as the inbox keeps it: what was done to answer is not done again. */
export interface LateItem {
  readonly kind: 'late';
  readonly identity: string;
  readonly showing: Showing;
}

/** Has a message shown once Telegram takes it, after those that wait already. */
export async function showLater(
  { locker }: Telegram,
  identity: string,
  showing: Showing,
  afterMs: number,
): Promise<void> {
  await locker.inbox.put({
    id: `telegram:late:${newId()}`,
    chat: 'telegram',
    lane: `${laneOf(showing.chat)}:late`,
    payload: { kind: 'late', identity, showing } satisfies LateItem,
    notBefore: new Date(locker.now().getTime() + afterMs),
  });
}

/** Shows it. @throws TelegramRefusal, TelegramUnavailable. */
export async function showLate(telegram: Telegram, { identity, showing }: LateItem): Promise<void> {
  await show(telegram, identity, showing);
}
