/**
 * What a conversation remembers of one person: sealed, in the database, so that it survives a restart and is the same in
 * every instance. `src/chats/notes.ts` keeps it.
 */
export interface Memory {
  /** Ids of the files of the last list, in its order: number 1 is the first. */
  lastList(): Promise<readonly string[]>;
  rememberList(ids: readonly string[]): Promise<void>;
  /** The version that was made of an attachment, by its origin. */
  versionFrom(origin: string): Promise<MadeVersion | undefined>;
  rememberVersion(origin: string, made: MadeVersion): Promise<void>;
  settings(): Promise<Settings>;
  changeSettings(change: Partial<Settings>): Promise<Settings>;
}

export interface MadeVersion {
  /** Id of the file. */
  readonly file: string;
  readonly n: number;
}

export interface Settings {
  /** Delete the message with the plaintext once the file is safe. */
  readonly deleteAfterSaving: boolean;
  /** IANA name of the time zone in which `until friday` is meant and times are shown. */
  readonly timeZone: string;
}

export const defaultSettings: Settings = { deleteAfterSaving: false, timeZone: 'UTC' };
