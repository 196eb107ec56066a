import type { ObjectId } from 'mongodb';

/** What an account or address used of a budget in the present window, as rate-limiter-flexible keeps it. */
export interface RateDoc {
  _id: ObjectId;
  key: string;
  points: number;
  expire: Date;
}

/** Failed guesses of one source, or at one target, in the present window. */
export interface GuessDoc {
  _id: string;
  count: number;
  /** No guess is let through before that. */
  bannedUntil: Date | null;
  /** The count starts anew then. */
  expiresAt: Date;
}
