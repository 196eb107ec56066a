import { createHash } from 'node:crypto';
import type { Log } from '../../../src/log.ts';
import type { ChatRequest, ChatResponse, ChatRoute } from '../../port/route.ts';
import { isCommand, readBody } from '../payloads.ts';
import type { Intake, Outcome } from './intake.ts';
import { SeenSignatures } from './seen-signatures.ts';
import { checkSignature } from './signature.ts';

/** The one address that Slack posts to: events, commands, presses, forms and their options. */
export const slackPath = '/slack/events';
/** Forms may hold 250 kB, and are encoded. */
const maxBytes = 1024 * 1024;

/** Receives what Slack posts. */
export class HttpReceiver {
  readonly #signingSecret: string;
  readonly #intake: Intake;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #seen = new SeenSignatures();
  readonly #startedAt: number;

  constructor(signingSecret: string, intake: Intake, log: Log, now: () => number) {
    this.#signingSecret = signingSecret;
    this.#intake = intake;
    this.#log = log;
    this.#now = now;
    this.#startedAt = now();
  }

  get routes(): readonly ChatRoute[] {
    return [{ method: 'POST', path: slackPath, maxBytes, handle: (request) => this.#handle(request) }];
  }

  async #handle({ rawBody, headers }: ChatRequest): Promise<ChatResponse> {
    const signature = headers['x-slack-signature'];
    const timestamp = headers['x-slack-request-timestamp'];
    const now = this.#now();
    const read = readRequest(rawBody, headers['content-type'] ?? '');
    // Slack looks at the certificate only, and signs nothing: nothing is done, whatever else is in there.
    if (read?.['ssl_check'] === '1') return { status: 200 };
    const problem = checkSignature(this.#signingSecret, rawBody, { signature, timestamp }, now);
    if (problem !== undefined || signature === undefined) {
      this.#log.warn({ problem }, 'refused what does not come from Slack, or not now');
      return text(401, 'The signature is missing, wrong or not of now.');
    }
    if (read === undefined) return text(400, 'The body cannot be read.');
    const { type, challenge } = read;
    if (type === 'url_verification')
      return typeof challenge === 'string' ? text(200, challenge) : text(400, 'There is no challenge.');
    const body = readBody(read);
    // Of a kind that nobody subscribed to: Slack is not to send it again.
    if (body === undefined) return { status: 200 };

    // Slack sends only events again; the header is not signed, so it makes nothing else a retry.
    const isEvent = !isCommand(body) && body.type === 'event_callback';
    const isRetry = isEvent && headers['x-slack-retry-num'] !== undefined;
    const isOptions = !isCommand(body) && body.type === 'block_suggestion';
    const isOlderThanUs = Number(timestamp) * 1000 < this.#startedAt - 1000;
    if (!isRetry && this.#seen.has(signature, now)) return this.#replayed();
    // What is answered at once is in no inbox: what may have been answered before this process began is not answered again.
    if (isOptions && isOlderThanUs) return this.#replayed();
    // Taken before the work, so that of two at once one is a replay.
    if (!isRetry) this.#seen.add(signature, now);
    let outcome: Outcome;
    try {
      outcome = await this.#intake.take(body, createHash('sha256').update(signature).digest('base64url'));
    } catch (error) {
      this.#seen.delete(signature);
      throw error;
    }
    // Slack's own retry may carry the same signature, within the second.
    if (outcome.kind === 'late') this.#seen.delete(signature);
    if (outcome.kind === 'known' && !isRetry && isOlderThanUs) return this.#replayed();
    return answer(outcome);
  }

  #replayed(): ChatResponse {
    this.#log.warn('refused a request of Slack that was taken before');
    return text(401, 'This request was taken before.');
  }
}

function answer(outcome: Outcome): ChatResponse {
  if (outcome.kind === 'late')
    return { status: 503, headers: { 'retry-after': '1' }, body: 'Not kept in time. Send it again.' };
  return outcome.answer === undefined
    ? { status: 200 }
    : {
        status: 200,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(outcome.answer),
      };
}

const text = (status: number, body: string): ChatResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

/** JSON, or a form, or a form whose field `payload` is JSON. */
function readRequest(rawBody: Buffer, contentType: string): Record<string, unknown> | undefined {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(contentType.trim());
  const body = rawBody.toString('utf8');
  if (!isForm) return readJson(body);
  const form = Object.fromEntries(new URLSearchParams(body));
  return form['payload'] === undefined ? form : readJson(form['payload']);
}

function readJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
