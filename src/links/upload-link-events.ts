import type { FileView } from '../files/view.ts';
import type { Log } from '../log.ts';

/** An upload link was used: the file is safe. */
export interface UploadLinkUse {
  /** Id of the link. */
  readonly link: string;
  /** What whoever made the link said that it is for. */
  readonly purpose: string;
  /** Account that the file belongs to. */
  readonly account: string;
  readonly file: FileView;
}

export type UploadLinkListener = (use: UploadLinkUse) => void | Promise<void>;

/**
 * Tells those who hand out upload links, the chats, that one was used. At most once a use, and only in the process
 * that received the file, or settled it after a crash.
 */
export class UploadLinkEvents {
  readonly #listeners = new Set<UploadLinkListener>();

  /** @returns what ends the subscription. */
  subscribe(listener: UploadLinkListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls every listener. Never throws: the file is saved, whatever a listener does; what fails is logged. */
  async emit(use: UploadLinkUse, log: Log): Promise<void> {
    const calls = [...this.#listeners].map(async (listener) => listener(use));
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'rejected')
        log.error({ link: use.link, err: outcome.reason as unknown }, 'a listener failed for an upload link');
    }
  }
}
