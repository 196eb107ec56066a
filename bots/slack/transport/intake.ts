import { setTimeout } from 'node:timers/promises';
import type { Inbox } from '../../../src/chats/inbox.ts';
import type { Log } from '../../../src/log.ts';
import { viewProblems } from '../handlers/view.ts';
import { FormNotOpened, formOf } from '../handlers/open-form.ts';
import { isCommand, type SlackBody } from '../payloads.ts';
import { slackWords } from '../words.ts';
import { itemOf } from './item-of.ts';

/** What Slack is told. */
export type Outcome =
  /** It is kept, or nobody waits for it. `answer` goes along. */
  | { readonly kind: 'taken'; readonly answer?: object | undefined }
  /** It was kept before. */
  | { readonly kind: 'known'; readonly answer?: object | undefined }
  /** It could not be kept in time: Slack is to send it again, or the person. */
  | { readonly kind: 'late' };

/** Does at once what cannot wait for the inbox: a form, the options of a form. @returns what Slack is answered. */
export type AnswerNow = (body: SlackBody) => Promise<object | undefined>;

/** Slack waits three seconds. What the database has not taken by then is kept on the disk. */
const databaseMs = 2000;
const keepMs = 2900;
const answerMs = 2800;

/**
 * Takes what Slack sends, over HTTP and by Socket Mode: kept in the inbox before Slack is told that it arrived, within the
 * time that Slack waits.
 */
export class Intake {
  readonly #inbox: Inbox;
  readonly #log: Log;
  readonly #answerNow: AnswerNow;

  constructor(inbox: Inbox, log: Log, answerNow: AnswerNow) {
    this.#inbox = inbox;
    this.#log = log;
    this.#answerNow = answerNow;
  }

  /** @param digest names the delivery if nothing in it does. */
  async take(body: SlackBody, digest: string): Promise<Outcome> {
    const arrivedAt = performance.now();
    const isNow = !isCommand(body) && body.type === 'block_suggestion';
    if (isNow || formOf(body) !== undefined) {
      const done = await this.#now(body);
      if (done !== undefined) return done;
    }
    if (!isCommand(body) && body.type === 'view_submission') {
      const errors = viewProblems(body, Date.now());
      if (Object.keys(errors).length > 0)
        return { kind: 'taken', answer: { response_action: 'errors', errors } };
    }
    const place = itemOf(body, digest);
    if (place === undefined) return { kind: 'taken' };
    const answer =
      !isCommand(body) && body.type === 'view_submission' ? { response_action: 'clear' } : undefined;
    const kept = await this.#keep(place, body, performance.now() - arrivedAt);
    if (isCommand(body) && (kept === 'spooled' || kept === 'late'))
      return { kind: 'taken', answer: { response_type: 'ephemeral', text: slackWords[kept] } };
    if (kept === 'late') return { kind: 'late' };
    return { kind: kept === 'known' ? 'known' : 'taken', answer };
  }

  async #keep(
    place: { id: string; lane: string },
    body: SlackBody,
    passedMs: number,
  ): Promise<'put' | 'known' | 'spooled' | 'late'> {
    // The old verification token is of no use to anybody here.
    const { token: _token, ...kept } = body as SlackBody & { token?: unknown };
    const item = { ...place, chat: 'slack', payload: { kind: 'slack', body: kept } } as const;
    const timer = new AbortController();
    const putting = this.#inbox.putWithin(item, Math.max(0, databaseMs - passedMs));
    try {
      return await Promise.race([
        putting,
        setTimeout(Math.max(0, keepMs - passedMs), 'late' as const, { signal: timer.signal, ref: false }),
      ]);
    } catch (error) {
      this.#log.warn({ err: error }, 'what Slack sent could not be kept; it is to send it again');
      return 'late';
    } finally {
      timer.abort();
      // It may still succeed or fail after Slack got its answer.
      putting.catch(() => {});
    }
  }

  /** @returns undefined if the form of a button did not open. */
  async #now(body: SlackBody): Promise<Outcome | undefined> {
    const timer = new AbortController();
    try {
      const answer = await Promise.race([
        this.#answerNow(body),
        setTimeout(answerMs, 'late' as const, { signal: timer.signal, ref: false }),
      ]);
      return { kind: 'taken', answer: answer === 'late' ? failureAnswer(body) : answer };
    } catch (error) {
      if (error instanceof FormNotOpened) return undefined;
      this.#log.warn({ err: error }, 'Slack could not be answered at once');
      return { kind: 'taken', answer: failureAnswer(body) };
    } finally {
      timer.abort();
    }
  }
}

/** Says that there is no form, where that can be said; no options where there could not be any. */
function failureAnswer(body: SlackBody): object | undefined {
  if (isCommand(body)) return { response_type: 'ephemeral', text: slackWords.noForm };
  return body.type === 'block_suggestion' ? { options: [] } : undefined;
}
