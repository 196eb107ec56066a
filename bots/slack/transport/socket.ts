import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type App, type ReceiverEvent, SocketModeReceiver } from '@slack/bolt';
import type { Log } from '../../../src/log.ts';
import { readBody } from '../payloads.ts';
import type { Intake } from './intake.ts';
import { quietLogger } from './quiet-logger.ts';

const helloMs = 30_000;
const callMs = 15_000;
const firstDelayMs = 500;
const longestDelayMs = 60_000;

/**
 * Receives by Socket Mode: a connection that this side opens, for where Slack cannot reach it. Reconnecting is done here,
 * because the library's own ends the process if Slack cannot be reached meanwhile.
 */
export class SocketReceiver {
  readonly #receiver: SocketModeReceiver;
  readonly #intake: Intake;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(appToken: string, apiUrl: string, intake: Intake, log: Log) {
    this.#intake = intake;
    this.#log = log;
    const logger = quietLogger(log);
    this.#receiver = new SocketModeReceiver({
      appToken,
      logger,
      autoReconnectEnabled: false,
      installerOptions: {
        clientOptions: {
          slackApiUrl: apiUrl,
          timeout: callMs,
          rejectRateLimitedCalls: true,
          retryConfig: { retries: 0 },
        },
      },
      customPropertiesExtractor: ({ envelope_id }: { envelope_id?: string }) => ({ envelope: envelope_id }),
      processEventErrorHandler: async () => false,
    });
    // It hands what it receives to whatever processes events: here the intake comes first.
    this.#receiver.init({ processEvent: (event: ReceiverEvent) => this.#receive(event) } as App);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#disconnect(2000);
    await this.#loop;
  }

  async #receive({ body, ack, customProperties }: ReceiverEvent): Promise<void> {
    const read = readBody(body);
    if (read === undefined) return ack();
    const envelope = String(customProperties?.['envelope'] ?? JSON.stringify(body));
    const outcome = await this.#intake.take(read, createHash('sha256').update(envelope).digest('base64url'));
    // Without an acknowledgement Slack sends it again.
    if (outcome.kind === 'late') return;
    await (outcome.answer === undefined ? ack() : ack(outcome.answer));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#connect(() => (failures = 0));
      } catch (error) {
        failures++;
        if (!signal.aborted)
          this.#log.warn(
            { reason: reasonOf(error), failures },
            'Socket Mode could not connect; trying again',
          );
      }
      await setTimeout(Math.min(longestDelayMs, firstDelayMs * 2 ** failures), undefined, { signal }).catch(
        () => {},
      );
    }
  }

  /** The library waits for the other side to close too, which may never happen. */
  async #disconnect(patienceMs: number): Promise<void> {
    const closed = this.#receiver.client.disconnect().catch(() => {});
    await Promise.race([closed, setTimeout(patienceMs, undefined, { ref: false })]);
  }

  /** Resolves when a connection that stood has ended. */
  async #connect(connected: () => void): Promise<void> {
    const { client } = this.#receiver;
    const hello = new AbortController();
    const tooLong = setTimeout(helloMs, undefined, { signal: hello.signal, ref: false }).then(
      () => {
        throw new Error('no hello');
      },
      () => {},
    );
    try {
      await Promise.race([this.#receiver.start(), tooLong]);
    } catch (error) {
      await this.#disconnect(1000);
      throw error;
    } finally {
      hello.abort();
    }
    connected();
    this.#log.info('Slack is connected by Socket Mode');
    if (this.#stop.signal.aborted) return;
    await new Promise<void>((resolve) => {
      client.once('disconnected', () => resolve());
    });
  }
}

/** Slack's word for what is wrong, if it said one. */
const reasonOf = (error: unknown): string => {
  const word = (error as { data?: { error?: unknown } } | undefined)?.data?.error;
  return typeof word === 'string' && /^[a-z_]{1,60}$/.test(word) ? word : 'unreachable';
};
