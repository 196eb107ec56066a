import type { Door } from '../audit/record.ts';

/**
 * What someone is told without having asked. Closed on purpose: each door words every kind. Ids, handles and what a
 * client said of itself; never a name that was opened from storage, since a notice may leave the process.
 */
export type Notice =
  /** Someone signed in to the account: if it was not its person, they end the session. */
  | {
      readonly kind: 'sign-in';
      readonly session: string;
      readonly door: Door;
      readonly client: string;
      readonly address: string;
      readonly at: Date;
    }
  /** A used refresh token came back, so the session was ended. */
  | { readonly kind: 'session-revoked'; readonly session: string; readonly at: Date }
  /** A chat or another way in was linked to the account. */
  | { readonly kind: 'identity-linked'; readonly identity: string; readonly door: Door; readonly at: Date }
  /** Someone shared something with the account. `file` is null for a folder. */
  | { readonly kind: 'shared'; readonly by: string; readonly file: string | null; readonly at: Date }
  /** Someone asks for access to a file of the account. */
  | {
      readonly kind: 'access-requested';
      /** Id of the request, for the answer. */
      readonly request: string;
      readonly by: string;
      readonly file: string;
      readonly at: Date;
    }
  /** The owner of a file gives the account access that it asked for. */
  | {
      readonly kind: 'access-answered';
      readonly by: string;
      readonly file: string;
      readonly answer: 'once' | 'day' | 'always';
      readonly at: Date;
    }
  /** Someone opened a file, for the first time since it was shared with them. */
  | { readonly kind: 'first-opened'; readonly by: string; readonly file: string; readonly at: Date }
  /** For administrators: a job did not do its work. */
  | { readonly kind: 'job-failed'; readonly job: string; readonly problem: string; readonly at: Date }
  /** For administrators: backups, or the drills that prove them, did not happen for long. */
  | { readonly kind: 'backup-stale'; readonly job: string; readonly last: Date | null; readonly at: Date }
  /** For the owner: the last record of the audit trail, to be compared with what the trail says later. */
  | { readonly kind: 'audit-head'; readonly record: number; readonly mac: string; readonly at: Date }
  /** An administrator restricted a file of the account, or lifted it. */
  | {
      readonly kind: 'file-restricted' | 'file-released';
      readonly file: string;
      readonly reason: string | null;
      readonly at: Date;
    };

/** A way to reach the person of an account. */
export interface Notifier {
  /**
   * Delivers a notice.
   *
   * @param account id of the account.
   * @returns false if the account cannot be reached this way.
   */
  deliver(account: string, notice: Notice): Promise<boolean>;
}
