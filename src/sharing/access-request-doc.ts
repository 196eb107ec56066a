/** Someone asks for access to a file whose id they know. Kept the same way whether or not there is such a file. */
export interface AccessRequestDoc {
  readonly _id: string;
  readonly asker: string;
  readonly file: string;
  /** Account that may answer; null if nobody is asked, or once it is answered. */
  readonly owner: string | null;
  /** The owner denied it. */
  readonly denied?: true;
  readonly askedAt: Date;
  readonly expiresAt: Date;
}
