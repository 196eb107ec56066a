import type { Door } from '../audit/record.ts';

/** Someone at a door who did not sign in, or is about to. */
export interface Guest {
  readonly door: Door;
  /** How the client names itself, shown in the list of sessions. */
  readonly client: string;
  /** Network address, as far as the door knows it. */
  readonly address: string;
}
