import type { Actor } from '../../src/accounts/actor.ts';
import { LockerError } from '../../src/errors.ts';
import { createFetchLink } from '../../src/links/create-fetch-link.ts';
import type { Delivery, Reply } from '../port/reply.ts';
import type { Text } from '../port/text.ts';
import { explain } from '../words/errors.ts';
import { formatMoment, type Reader } from '../words/time.ts';
import { deliver, type Refused } from './files/deliver.ts';
import { buttonSeconds, withButtons } from '../buttons.ts';
import type { Message } from './render/message.ts';
import { render, type Shown } from './render/render.ts';
import { type Slack, slackFacts } from './slack.ts';
import { sendLater } from './late.ts';
import { ask } from './question.ts';
import { SlackUnavailable } from './transport/web.ts';
import type { Outlet, Sent } from './ways/outlet.ts';
import { slackWords } from './words.ts';

const linkSeconds = 24 * 3600;

/** Whom something is said to, and where. */
export interface Audience {
  readonly identity: string;
  /** The account behind it; undefined for a stranger. */
  readonly actor: Actor | undefined;
  readonly reader: Reader;
  readonly outlet: Outlet;
  /** True if the first answer replaces the message that was pressed. */
  readonly edits: boolean;
  readonly signal: AbortSignal;
}

export const cardKey = ({ channel, ts }: Sent): string => `slack-card:${channel}:${ts}`;

/**
 * Says what a command answers. Progress is one message, which what comes next replaces.
 *
 * @throws SlackRefusal, SlackUnavailable, and what the replies throw.
 */
export async function speak(
  slack: Slack,
  audience: Audience,
  replies: AsyncIterable<Reply> | Iterable<Reply>,
): Promise<void> {
  const speaker = new Speaker(slack, audience);
  for await (const reply of replies) await speaker.say(reply);
}

class Speaker {
  readonly #slack: Slack;
  readonly #audience: Audience;
  /** The message that the next reply replaces. */
  #open: Sent | undefined;
  #edits: boolean;
  /** True once a progress was shown that cannot be changed. */
  #progressShown = false;

  constructor(slack: Slack, audience: Audience) {
    this.#slack = slack;
    this.#audience = audience;
    this.#edits = audience.edits;
  }

  async say(reply: Reply): Promise<void> {
    switch (reply.kind) {
      case 'progress':
        if (this.#progressShown) return;
        this.#open = await this.#show(reply);
        this.#progressShown = this.#open === undefined;
        return;
      case 'note':
      case 'card':
      case 'list':
      case 'prompt': {
        const sent = await this.#show(reply);
        this.#open = undefined;
        this.#progressShown = false;
        if (sent !== undefined) await this.#keep(sent, reply);
        return;
      }
      case 'delivery':
        await this.#deliver(reply);
        return;
      case 'removal':
        await this.say({ kind: 'note', text: slackWords.removal });
        return;
    }
  }

  async #show(reply: Shown): Promise<Sent | undefined> {
    const { identity, reader, outlet } = this.#audience;
    const message = await withButtons(this.#slack.locker.chatNotes, identity, (reference) =>
      render(reply, reader, reference),
    );
    let sent: Sent | undefined;
    try {
      sent = await this.#send(outlet, message);
    } catch (error) {
      if (!(error instanceof SlackUnavailable)) throw error;
      // The command is done: it is not run again because its answer has to wait.
      if (reply.kind !== 'progress')
        await sendLater(this.#slack, identity, outlet.address, message, error.retryAfterMs);
    }
    return sent;
  }

  async #send(outlet: Outlet, message: Message): Promise<Sent | undefined> {
    if (this.#open !== undefined) return outlet.update(this.#open, message);
    if (this.#edits) {
      this.#edits = false;
      if (await outlet.replace(message)) return undefined;
    }
    return outlet.post(message);
  }

  /** What the person may refer to later: the card in whose thread they write, the question they answer. */
  async #keep(sent: Sent, reply: Shown): Promise<void> {
    const { chatNotes } = this.#slack.locker;
    const { identity } = this.#audience;
    if (reply.kind === 'card')
      await chatNotes.set(identity, cardKey(sent), { file: reply.file.id }, buttonSeconds);
    if (reply.kind === 'prompt') await ask(this.#slack, identity, reply.answer);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { outlet, signal } = this.#audience;
    const place = await outlet.place();
    let outcome: 'sent' | Refused;
    try {
      outcome = await deliver(this.#slack, delivery, place, outlet.answers, signal);
    } catch (error) {
      // Such as damage in the store: asked again, it would be the same.
      if (signal.aborted || !(error instanceof LockerError)) throw error;
      return this.say({ kind: 'note', text: explain(error, slackFacts) });
    }
    if (outcome !== 'sent') await this.say({ kind: 'note', text: await this.#instead(delivery, outcome) });
    else if (outlet.isElsewhere || this.#open !== undefined)
      await this.say({ kind: 'note', text: slackWords.delivered(delivery.file) });
  }

  /** Another way to the same content. */
  async #instead({ file, version, deleteAfterSeconds }: Delivery, why: Refused): Promise<Text> {
    const { actor, reader } = this.#audience;
    const { locker, publicUrl } = this.#slack;
    if (actor === undefined) throw new RangeError('a stranger gets no files');
    if (version !== file.version) return slackWords.oldVersionNotTaken(file, version);
    const ttlSeconds = Math.min(deleteAfterSeconds ?? linkSeconds, linkSeconds);
    const { token } = await createFetchLink(locker, actor, file.id, { ttlSeconds });
    const until = formatMoment(new Date(reader.now.getTime() + ttlSeconds * 1000), reader);
    return slackWords.deliveredInstead(file, why, `${publicUrl()}/s/${token}`, until);
  }
}
