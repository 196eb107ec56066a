import type { InboxItem } from '../../../src/chats/inbox.ts';

/** What a listener works on: an item of the inbox. Travels through Bolt as a custom property. */
export interface Work {
  readonly item: InboxItem;
  readonly signal: AbortSignal;
}
