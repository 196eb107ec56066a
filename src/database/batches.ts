import { InsertBatch, ReadBatch } from './batch.ts';
import type { Collections } from './collections.ts';
import { journaled } from './connect.ts';
import type { AccountDoc, ChunkDoc, ContentFileDoc, FileDoc } from './documents.ts';

/** What nearly every request asks of the database, for as many requests at once as come. */
export interface Batches {
  readonly accounts: ReadBatch<AccountDoc>;
  readonly files: ReadBatch<FileDoc>;
  /** Entries of new files: journaled, since each is a commit. */
  readonly newFiles: InsertBatch<FileDoc>;
}

export const openBatches = (collections: Collections): Batches => ({
  accounts: new ReadBatch(collections.accounts),
  files: new ReadBatch(collections.files),
  newFiles: new InsertBatch(collections.files, journaled(collections.files)),
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
