import type { Message } from 'grammy/types';
import type { Telegram } from '../telegram.ts';

/** How long a message is kept that carried files, for another attempt, seconds. */
const keptSeconds = 2 * 24 * 3600;

const keyOf = (reference: string) => `telegram-message:${reference}`;

/** Keeps a message while its files are being saved; it is sealed. */
export const keepMessage = (telegram: Telegram, identity: string, reference: string, message: Message) =>
  telegram.locker.chatNotes.set(identity, keyOf(reference), { message }, keptSeconds);

/** @returns undefined for one that is no longer kept. */
export const findKept = async (
  telegram: Telegram,
  identity: string,
  reference: string,
): Promise<Message | undefined> =>
  (await telegram.locker.chatNotes.get<{ message: Message }>(identity, keyOf(reference)))?.message;
