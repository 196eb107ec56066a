import { findIdentity } from '../../src/accounts/identity.ts';
import { identitiesOf } from '../../src/accounts/handle-of-identity.ts';
import type { UploadLinkUse } from '../../src/links/upload-link-events.ts';
import type { Locker } from '../../src/locker.ts';
import type { Notice, Notifier } from '../../src/notify/notifier.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { isLockerError } from '../../src/errors.ts';
import { newId } from '../../src/ids.ts';
import { readPurpose } from '../commands/index.ts';
import type { Chat } from '../port/chat.ts';
import { fileCard } from '../words/file-card.ts';
import { noticeReplies } from '../words/notice-replies.ts';
import { savingWords } from '../words/saving.ts';
import { contextOf } from './context.ts';
import type { Slack } from './slack.ts';

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
}

/** Brings notices to the Slack identities of an account, through the inbox: what is to be told survives a restart. */
export const slackNotifier = (locker: Locker): Notifier => ({
  deliver: async (account, notice) => {
    const identities = await identitiesOf(locker, account, 'slack');
    await Promise.all(
      identities.map((identity) =>
        locker.inbox.put({
          id: `slack:notice:${newId()}`,
          chat: 'slack',
          lane: `${identity}:notices`,
          payload: { kind: 'notice', identity, notice } satisfies NoticeItem,
        }),
      ),
    );
    return identities.length > 0;
  },
});

/** Notes that a file has come by a link that was made in Slack. */
export async function onArrival(locker: Locker, use: UploadLinkUse): Promise<void> {
  const purpose = readPurpose(use.purpose);
  if (purpose?.chat !== 'slack') return;
  await locker.inbox.put({
    id: `slack:arrival:${use.link}`,
    chat: 'slack',
    lane: `${purpose.identity}:notices`,
    payload: { kind: 'arrival', identity: purpose.identity, file: use.file.id } satisfies ArrivalItem,
  });
}

export async function tellNotice(
  slack: Slack,
  chat: Chat,
  { identity, notice }: NoticeItem,
  signal: AbortSignal,
): Promise<void> {
  const actor = await findIdentity(slack.locker, identity);
  if (actor === undefined) return;
  // Times come out of the inbox as text.
  const told = { ...notice, at: new Date(notice.at) };
  await chat.tell(identity, await noticeReplies(contextOf(slack, identity, signal), actor, told));
}

export async function tellArrival(slack: Slack, chat: Chat, { identity, file }: ArrivalItem): Promise<void> {
  const actor = await findIdentity(slack.locker, identity);
  if (actor === undefined) return;
  try {
    const view = await describeFile(slack.locker, actor, file);
    await chat.tell(identity, [fileCard(view, { text: savingWords.arrived })]);
  } catch (error) {
    // It was deleted meanwhile.
    if (!isLockerError(error, 'not_found')) throw error;
  }
}
