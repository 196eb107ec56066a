import type { Place } from '../files/deliver.ts';
import type { Message } from '../render/message.ts';
import type { Answers } from './answers.ts';

/** A message that was sent, and can be changed. */
export interface Sent {
  readonly channel: string;
  readonly ts: string;
}

/** A conversation, known or still to be opened. */
export interface Address {
  readonly to: { readonly channel: string } | { readonly user: string };
  readonly threadTs: string | undefined;
}

/** Where the answer to something goes. */
export interface Outlet {
  /** Where it can be sent later, whatever becomes of this way. */
  readonly address: Address;
  /** Sends a message. @returns undefined for one that cannot be changed afterwards. @throws SlackRefusal, SlackUnavailable. */
  post(message: Message): Promise<Sent | undefined>;
  /** Changes a message that was sent, or sends it anew if it is gone. */
  update(sent: Sent, message: Message): Promise<Sent | undefined>;
  /** Replaces the message that was pressed. @returns false if there is none, or it cannot be changed. */
  replace(message: Message): Promise<boolean>;
  /** Conversation that files go to. */
  place(): Promise<Place>;
  /** What answers the same item of the inbox; undefined for what answers nothing. */
  readonly answers: Answers | undefined;
  /** True if files go elsewhere than the answer, so that it is worth a word. */
  readonly isElsewhere: boolean;
}
