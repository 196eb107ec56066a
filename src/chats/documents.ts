import type { Binary } from 'mongodb';

/** The chats that there are. */
export type ChatName = 'telegram' | 'slack';

/** Work that a chat brought or that is to be done in one. */
export interface InboxDoc {
  /** What the chat calls it, with its name before it: the same delivery comes only once. */
  readonly _id: string;
  readonly chat: ChatName;
  /** What must stay in order: one conversation, usually. */
  readonly lane: string;
  /** Order within the lane. */
  readonly seq: number;
  /** The payload; null once it is done. */
  readonly sealed: Binary | null;
  readonly receivedAt: Date;
  /** Not to be handled before. */
  readonly dueAt: Date;
  /** When it was to be handled at first; absent if that was at once. */
  readonly notBefore?: Date;
  /** How often handling began. */
  readonly attempts: number;
  /** How often it was put off once it was old; absent before. */
  readonly lateTries?: number;
  readonly state: 'open' | 'done' | 'failed';
  /** When it was done or given up; null before. */
  readonly endedAt: Date | null;
}

/** The right to work on a lane, held by one worker among all instances. */
export interface InboxLaneDoc {
  /** `<chat> <lane>`. */
  readonly _id: string;
  /** Id of the worker. */
  readonly by: string;
  readonly until: Date;
}

/** Something that a conversation remembers. */
export interface ChatNoteDoc {
  /** An opaque id, or `<identity> <key>`. */
  readonly _id: string;
  readonly identity: string;
  readonly sealed: Binary;
  readonly expiresAt: Date | null;
}
