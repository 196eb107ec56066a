import { findIdentity } from '../../src/accounts/identity.ts';
import { identitiesOf } from '../../src/accounts/handle-of-identity.ts';
import { isLockerError } from '../../src/errors.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { newId } from '../../src/ids.ts';
import type { UploadLinkUse } from '../../src/links/upload-link-events.ts';
import type { Locker } from '../../src/locker.ts';
import type { Notice, Notifier } from '../../src/notify/notifier.ts';
import { readPurpose } from '../commands/index.ts';
import type { Reply } from '../port/reply.ts';
import { arrivedCard } from '../words/file-card.ts';
import { noticeReplies } from '../words/notice-replies.ts';
import { contextOf } from './context.ts';
import { chatOf, laneOf, type Telegram } from './telegram.ts';

/** A notice on its way to a person, as the inbox keeps it. */
export interface NoticeItem {
  readonly kind: 'notice';
  readonly identity: string;
  readonly notice: Notice;
}

/** A file that came by an upload link, on its way to the person who asked for the link. */
export interface ArrivalItem {
  readonly kind: 'arrival';
  readonly identity: string;
  readonly file: string;
  /** The message that could not be fetched. */
  readonly reply: string | null;
}

const noticeLane = (identity: string) => `${laneOf(chatOf(identity))}:notices`;

/** Brings notices to the Telegram chats of an account, through the inbox: what is to be told survives a restart. */
export const telegramNotifier = (locker: Locker): Notifier => ({
  deliver: async (account, notice) => {
    const identities = await identitiesOf(locker, account, 'telegram');
    await Promise.all(
      identities.map((identity) =>
        locker.inbox.put({
          id: `telegram:notice:${newId()}`,
          chat: 'telegram',
          lane: noticeLane(identity),
          payload: { kind: 'notice', identity, notice } satisfies NoticeItem,
        }),
      ),
    );
    return identities.length > 0;
  },
});

/** Notes that a file has come by a link that was made in Telegram. */
export async function onArrival(locker: Locker, use: UploadLinkUse): Promise<void> {
  const purpose = readPurpose(use.purpose);
  if (purpose?.chat !== 'telegram') return;
  await locker.inbox.put({
    id: `telegram:arrival:${use.link}`,
    chat: 'telegram',
    lane: noticeLane(purpose.identity),
    payload: {
      kind: 'arrival',
      identity: purpose.identity,
      file: use.file.id,
      reply: purpose.reply,
    } satisfies ArrivalItem,
  });
}

/** What a notice says to its person now. */
export async function wordNotice(
  telegram: Telegram,
  { identity, notice }: NoticeItem,
  signal: AbortSignal,
): Promise<Reply[]> {
  const actor = await findIdentity(telegram.locker, identity);
  if (actor === undefined) return [];
  // Times come out of the inbox as text.
  return noticeReplies(contextOf(telegram, identity, signal), actor, { ...notice, at: new Date(notice.at) });
}

/** The card with which the conversation goes on; nothing for a file that was deleted meanwhile. */
export async function wordArrival(
  { locker }: Telegram,
  { identity, file, reply }: ArrivalItem,
): Promise<Reply[]> {
  const actor = await findIdentity(locker, identity);
  if (actor === undefined) return [];
  try {
    return [arrivedCard(await describeFile(locker, actor, file), reply)];
  } catch (error) {
    if (isLockerError(error, 'not_found')) return [];
    throw error;
  }
}
