import { InsertBatch, ReadBatch } from './batch.ts';
import type { Collections } from './collections.ts';
import { commitWriteConcern } from './connect.ts';
import type { AccountDoc, ApiTokenDoc, ChunkDoc, ContentFileDoc, FileDoc, SessionDoc } from './documents.ts';

/** What nearly every request asks of the database, for as many requests at once as come. */
export interface Batches {
  readonly accounts: ReadBatch<AccountDoc>;
  readonly sessions: ReadBatch<SessionDoc>;
  readonly apiTokens: ReadBatch<ApiTokenDoc>;
  readonly files: ReadBatch<FileDoc>;
  /** Entries of new files: journaled, since each is a commit. */
  readonly newFiles: InsertBatch<FileDoc>;
}

export const openBatches = (collections: Collections): Batches => ({
  accounts: new ReadBatch(collections.accounts),
  sessions: new ReadBatch(collections.sessions, { usedHashes: 0 }),
  apiTokens: new ReadBatch(collections.apiTokens),
  files: new ReadBatch(collections.files),
  newFiles: new InsertBatch(collections.files, commitWriteConcern),
});

/** The same for the parts of small contents. */
export interface ContentBatches {
  readonly chunks: InsertBatch<ChunkDoc>;
  readonly contentFiles: InsertBatch<ContentFileDoc>;
}

export const openContentBatches = ({
  chunks,
  contentFiles,
}: Pick<Collections, 'chunks' | 'contentFiles'>): ContentBatches => ({
  chunks: new InsertBatch(chunks),
  contentFiles: new InsertBatch(contentFiles),
});
