/** What a restore did, or with a dry run would do. */
export interface RestoreReport {
  readonly snapshot: string;
  readonly accounts: number;
  readonly files: number;
  readonly versions: number;
  /** Sealed bytes. */
  readonly bytes: number;
  /** Files and accounts that were deleted for good since: they stay deleted. */
  readonly erased: number;
  /** Files that were there already: nothing is overwritten. */
  readonly present: number;
  /** Ids of versions whose content the backup lacks or holds damaged, each with its file: they are left out. */
  readonly damaged: readonly { readonly fileId: string; readonly versionId: string }[];
}

/** The same while it grows. */
export type RestoreCounts = {
  -readonly [Name in keyof Omit<RestoreReport, 'damaged'>]: RestoreReport[Name];
} & { damaged: { fileId: string; versionId: string }[] };

export const noCounts = (snapshot: string): RestoreCounts => ({
  snapshot,
  accounts: 0,
  files: 0,
  versions: 0,
  bytes: 0,
  erased: 0,
  present: 0,
  damaged: [],
});

export interface RestoreOptions {
  /** Reads and verifies everything, writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Restores only these files; for a restore drill into a scratch database. */
  readonly only?: ((fileId: string) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    | ((progress: { readonly versions: number; readonly totalVersions: number }) => void)
    | undefined;
}
