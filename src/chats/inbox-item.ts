/** Work that is handed to a chat. */
export interface InboxItem {
  readonly id: string;
  readonly lane: string;
  readonly payload: unknown;
  /** How often it was begun before. */
  readonly attempts: number;
  readonly receivedAt: Date;
}

/** Thrown by a handler: it may go better later. The lane waits. */
export class RetryLater extends Error {
  readonly afterMs: number;

  constructor(afterMs: number, options?: { cause?: unknown }) {
    super(`to be tried again in ${afterMs} ms`, options);
    this.name = 'RetryLater';
    this.afterMs = afterMs;
  }
}
