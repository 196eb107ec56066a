import type { Collections } from '../database/collections.ts';

/**
 * What becomes of each collection in a backup. `entries` are the files with their contents, `documents` and `audit` go
 * in as they are. `left` is what must not, or need not, come back: whatever signs someone in (a session or token that was
 * revoked since would be good again; people sign in anew through their chat or `node . sign-in`), what is under way, counters.
 */
export const backedUp = {
  files: 'entries',
  chunks: 'contents',
  contentFiles: 'contents',
  audit: 'audit',
  auditHead: 'documents',
  installation: 'documents',
  accounts: 'documents',
  identities: 'documents',
  grants: 'documents',
  links: 'documents',
  tombstones: 'documents',
  chatNotes: 'documents',
  sessions: 'left',
  apiTokens: 'left',
  codes: 'left',
  deviceGrants: 'left',
  uploads: 'left',
  uploadTails: 'left',
  rates: 'left',
  guesses: 'left',
  restores: 'left',
  snapshots: 'left',
  coverage: 'left',
  accessRequests: 'left',
  inbox: 'left',
  inboxLanes: 'left',
  jobs: 'left',
  jobRuns: 'left',
  jobRequests: 'left',
} as const satisfies Record<keyof Collections, 'entries' | 'contents' | 'audit' | 'documents' | 'left'>;

export type BackedUp = keyof typeof backedUp;

/** The collections that go in as documents. */
export const documentCollections: readonly BackedUp[] = (Object.keys(backedUp) as BackedUp[]).filter(
  (name) => backedUp[name] === 'documents',
);

export const isBackedUp = (name: string): name is BackedUp =>
  Object.hasOwn(backedUp, name) && backedUp[name as BackedUp] !== 'left';
