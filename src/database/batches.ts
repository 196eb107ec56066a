import { type Collection, ObjectId } from 'mongodb';
import type { AccountDoc, ApiTokenDoc, SessionDoc } from '../accounts/documents.ts';
import type { FileDoc } from '../files/documents.ts';
import type { ChunkDoc, ContentFileDoc } from '../storage/documents.ts';
import { InsertBatch, ReadBatch } from './batch.ts';
import type { Collections } from './collections.ts';
import { journaled } from './connect.ts';

/** What a token stands on: its session or named token, with the account. */
export interface CredentialDoc extends Pick<SessionDoc, '_id' | 'account' | 'revokedAt' | 'expiresAt'> {
  /** Empty if the account is gone. */
  readonly accounts: readonly AccountDoc[];
}

/** What nearly every request asks of the database, for as many requests at once as come. */
export interface Batches {
  readonly sessions: ReadBatch<CredentialDoc>;
  readonly apiTokens: ReadBatch<CredentialDoc>;
  readonly accounts: ReadBatch<AccountDoc>;
  readonly files: ReadBatch<FileDoc>;
  /** Entries of new files: journaled, since each is a commit. */
  readonly newFiles: InsertBatch<FileDoc>;
}

const mostDocuments = 100;

export const openBatches = ({ sessions, apiTokens, accounts, files }: Collections): Batches => ({
  sessions: credentials(sessions, accounts.collectionName),
  apiTokens: credentials(apiTokens, accounts.collectionName),
  accounts: byId(accounts),
  files: byId(files),
  newFiles: new InsertBatch(files, journaled(files)),
});

const byId = <T extends { _id: string }>(collection: Collection<T>) =>
  new ReadBatch<T>(
    mostDocuments,
    (ids) => collection.find<T>(oneOf(ids)).toArray(),
    ({ _id }) => _id,
  );

/** With the account, in one question: the use case that follows asks for it. */
const credentials = (collection: Collection<SessionDoc> | Collection<ApiTokenDoc>, accounts: string) =>
  new ReadBatch<CredentialDoc>(
    mostDocuments,
    (ids) =>
      collection
        .aggregate<CredentialDoc>([
          { $match: oneOf(ids) },
          { $project: { account: 1, revokedAt: 1, expiresAt: 1 } },
          { $lookup: { from: accounts, localField: 'account', foreignField: '_id', as: 'accounts' } },
        ])
        .toArray(),
    ({ _id }) => _id,
  );

/** The driver's types know no operator on the id of a document whose type is not fixed. */
const oneOf = (ids: readonly string[]) => ({ _id: { $in: ids } }) as object;

/** The same for small contents. */
export interface ContentBatches {
  readonly chunks: InsertBatch<ChunkDoc>;
  readonly contentFiles: InsertBatch<ContentFileDoc>;
  /** Chunks that are the only one of their content, by its id in hexadecimal. */
  readonly onlyChunks: ReadBatch<StoredChunk>;
}

/** A chunk as it is read. */
export type StoredChunk = Pick<ChunkDoc, 'files_id' | 'n'> & { readonly data: unknown };

/** A batch of the longest that are read so has a few MiB. */
const mostChunks = 20;

export const openContentBatches = ({
  chunks,
  contentFiles,
}: Pick<Collections, 'chunks' | 'contentFiles'>): ContentBatches => ({
  chunks: new InsertBatch(chunks),
  contentFiles: new InsertBatch(contentFiles),
  onlyChunks: new ReadBatch<StoredChunk>(
    mostChunks,
    async (ids) =>
      onlyOnes(
        await chunks
          .find<StoredChunk>(
            { files_id: { $in: ids.map((id) => new ObjectId(id)) } },
            { projection: { _id: 0, files_id: 1, n: 1, data: 1 }, promoteBuffers: true },
          )
          .toArray(),
      ),
    ({ files_id }) => files_id.toHexString(),
  ),
});

/** Those that are alone, and the first: whatever was added to a content is noticed. */
function onlyOnes(chunks: readonly StoredChunk[]): StoredChunk[] {
  const counts = new Map<string, number>();
  for (const { files_id } of chunks) {
    const id = files_id.toHexString();
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return chunks.filter(({ files_id, n }) => n === 0 && counts.get(files_id.toHexString()) === 1);
}
