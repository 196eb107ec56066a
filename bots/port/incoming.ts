import type { Actor } from '../../src/accounts/actor.ts';
import type { Guest } from '../../src/accounts/guest.ts';
import type { Identity } from '../../src/accounts/identity.ts';

/** A file that came with a message, still where the chat keeps it. */
export interface Attachment {
  /** What it is for its sender. */
  readonly kind: 'file' | 'photo' | 'video' | 'audio' | 'voice' | 'video-note' | 'animation' | 'sticker';
  /** As the sender's client calls it; undefined for media without a name. Never trusted. */
  readonly name: string | undefined;
  readonly mediaType: string;
  /** Bytes, if the chat says it. */
  readonly sizeBytes: number | undefined;
  /** The same for the same attachment of the same message, however often the chat delivers it. */
  readonly origin: string;
  /** The chat's own reference to the message that carries it, if a message can carry several or come with others. */
  readonly message?: string | undefined;
  /**
   * Why it cannot be fetched at all, if so: bigger than the chat hands over to programs, no bytes of its own, gone.
   * The sentence is for the person; `tooLarge` asks for a one-time upload link instead.
   */
  readonly obstacle?:
    | { readonly tooLarge: true; readonly limitBytes: number }
    | { readonly sentence: string };
  /**
   * Fetches it.
   *
   * @throws AttachmentError if the chat does not hand over what it announced.
   */
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** The chat did not hand over an attachment: nothing of it was saved. The message is a sentence for the person. */
export class AttachmentError extends Error {
  /** For one that turned out to be larger than the chat hands over: how much it does, in bytes. */
  readonly limitBytes: number | undefined;

  constructor(sentence: string, options: { cause?: unknown; limitBytes?: number } = {}) {
    super(sentence, options);
    this.name = 'AttachmentError';
    this.limitBytes = options.limitBytes;
  }
}

/** A message, or a press, of one person in private. */
export interface Incoming {
  readonly chat: 'telegram' | 'slack';
  /** Whom the chat vouches for. */
  readonly identity: Identity;
  /** The account behind the identity; undefined for a stranger. */
  readonly actor: Actor | undefined;
  /** How the person counts where guesses are limited. */
  readonly guest: Guest;
  /** What was typed after the command's name, or a whole message that is no command. */
  readonly words: string;
  /** What a button carried, or what a prompt kept for the answer in `words`; undefined for what was typed. */
  readonly input?: import('./action.ts').Input | undefined;
  readonly attachments: readonly Attachment[];
  /** When the message was sent. */
  readonly sentAt: Date;
  /** The chat's own references to what was sent: one, or each message of an album; for `Removal` and for answers that come late. */
  readonly messages?: readonly string[] | undefined;
  /** The file whose card the message replies to. */
  readonly repliesTo?: string | undefined;
  /**
   * Identity that a mention in `words` stands for, such as `<@U024BE7LH>`; undefined if it is none.
   * Handles of the locker are no mentions: commands know them.
   */
  mention(word: string): string | undefined;
}
