import type { Message } from 'grammy/types';
import { findIdentity } from '../../../src/accounts/identity.ts';
import { RetryLater } from '../../../src/chats/inbox.ts';
import type { Identity } from '../../../src/accounts/identity.ts';
import { saveCommand } from '../../commands/index.ts';
import { AttachmentError } from '../../port/incoming.ts';
import { contextOf, incomingOf } from '../context.ts';
import { converse, explained, type Turn } from '../converse.ts';
import { attachmentsOf } from '../files/attachment.ts';
import { chatOf, laneOf, type Telegram } from '../telegram.ts';
import { referenceTo } from '../removal.ts';
import { attemptOf, type Work } from './work.ts';

/** An album is whole when nothing more of it came for so long: Telegram does not mark its end. */
const quietMs = 1200;
/** One whose message was begun and never ended is answered after this. */
const stuckMs = 10 * 60 * 1000;
const keptSeconds = 24 * 3600;

/** What came of an album so far. */
interface Album {
  readonly identity: Identity;
  readonly messages: readonly Message[];
  readonly caption: string;
  /** Milliseconds since 1970 of the last sign of life. */
  readonly at: number;
  /** True while one of its files is being saved. */
  readonly busy: boolean;
  readonly answered: boolean;
  readonly repliesTo?: string | undefined;
}

/** The answer to an album, as the inbox keeps it. */
export interface AlbumItem {
  readonly kind: 'album';
  readonly identity: string;
  readonly group: string;
}

const keyOf = (group: string) => `telegram-album:${group}`;

/**
 * Saves a file of an album at once, and says nothing yet: the album gets one answer, when all of it is there.
 *
 * @returns false for a message that comes after the answer: it is one of its own then.
 */
export async function onAlbumMessage(telegram: Telegram, message: Message, turn: Turn): Promise<boolean> {
  const { locker } = telegram;
  const group = message.media_group_id ?? '';
  const { identity, signal, repliesTo } = turn;
  const known = await locker.chatNotes.get<Album>(identity.id, keyOf(group));
  if (known?.answered === true) return false;
  const others = (known?.messages ?? []).filter(({ message_id }) => message_id !== message.message_id);
  const album: Album = {
    identity,
    messages: [...others, message].toSorted((a, b) => a.message_id - b.message_id),
    caption: known?.caption || turn.words,
    at: locker.now().getTime(),
    busy: true,
    answered: false,
    repliesTo,
  };
  await keep(telegram, group, album);
  await locker.inbox.put({
    id: `telegram:album:${identity.id}:${group}`,
    chat: 'telegram',
    lane: `${laneOf(chatOf(identity.id))}:album:${group}`,
    payload: { kind: 'album', identity: identity.id, group } satisfies AlbumItem,
    notBefore: new Date(locker.now().getTime() + quietMs),
  });
  await saveQuietly(telegram, album, signal);
  await keep(telegram, group, { ...album, at: locker.now().getTime(), busy: false });
  return true;
}

/** Answers an album once all of it is there: its files are saved by then, and found by where they came from. */
export async function answerAlbum(
  telegram: Telegram,
  { identity, group }: AlbumItem,
  work: Work,
): Promise<void> {
  const { locker } = telegram;
  const album = await locker.chatNotes.get<Album>(identity, keyOf(group));
  if (album === undefined || album.answered) return;
  const now = locker.now().getTime();
  // After a restart the rest of it may still be at Telegram, or in the inbox.
  const silence = now - Math.max(album.at, telegram.startedAt);
  const isWhole = !album.busy && (await locker.inbox.isQuiet('telegram', laneOf(chatOf(identity))));
  if (silence < (isWhole ? quietMs : stuckMs)) throw new RetryLater(quietMs / 2);
  const [first] = album.messages;
  await converse(
    telegram,
    {
      ...(await sayingOf(telegram, album)),
      answers: first?.message_id,
      ...(await attemptOf(telegram, identity, work)),
    },
    () => saveCommand,
  );
  await keep(telegram, group, { ...album, answered: true });
}

/** What fails now is tried again, and told, when the album is answered; what may pass makes the message wait. */
async function saveQuietly(telegram: Telegram, album: Album, signal: AbortSignal): Promise<void> {
  const { id } = album.identity;
  const actor = await findIdentity(telegram.locker, id);
  if (actor === undefined) return;
  const saying = await sayingOf(telegram, album);
  const fetchable = saying.attachments.filter(({ obstacle }) => obstacle === undefined);
  const incoming = incomingOf({ ...saying, attachments: fetchable }, actor);
  const context = contextOf(telegram, id, signal);
  try {
    // Its words are for later.
    for await (const _reply of explained(telegram, saveCommand, context, incoming, { attempts: 0, signal }));
  } catch (error) {
    if (!(error instanceof AttachmentError)) throw error;
  }
}

async function sayingOf(telegram: Telegram, { identity, messages, caption, repliesTo }: Album) {
  const [first] = messages;
  const found = await Promise.all(messages.map((message) => attachmentsOf(telegram, message)));
  return {
    identity,
    words: caption,
    attachments: found.flat(),
    sentAt: new Date((first?.date ?? 0) * 1000),
    messages: messages.map(({ chat, message_id }) => referenceTo(chat.id, message_id)),
    repliesTo,
  };
}

const keep = (telegram: Telegram, group: string, album: Album) =>
  telegram.locker.chatNotes.set(album.identity.id, keyOf(group), album, keptSeconds);
