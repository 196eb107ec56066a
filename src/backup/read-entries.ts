import type { ObjectId } from 'mongodb';
import type { Collections } from '../database/collections.ts';
import { readPages } from '../database/pages.ts';
import type { FileDoc } from '../files/documents.ts';

/** How a content is stored: FORMAT.md section 2. */
export interface StoredContent {
  /** Hexadecimal version id. */
  readonly id: string;
  /** Bytes of all its tokens. */
  readonly sealedBytes: number;
  /** Bytes of each token but the last. */
  readonly chunkBytes: number;
}

/** A file, and its contents by version id; one that is not there is missing. */
export interface StoredEntry {
  readonly file: FileDoc;
  readonly contents: ReadonlyMap<string, StoredContent>;
}

type Source = Pick<Collections, 'files' | 'contentFiles' | 'chunks'>;

/** Reads all entries in batches, without holding a cursor open in between: each as it is at that moment. */
export async function* readEntries(source: Source): AsyncGenerator<StoredEntry[], void, undefined> {
  for await (const files of readPages(source.files)) yield await withContents(source, files);
}

/** Reads one entry as it is now; undefined if it is gone. */
export async function readEntry(source: Source, id: string): Promise<StoredEntry | undefined> {
  const file = await source.files.findOne({ _id: id });
  return file === null ? undefined : (await withContents(source, [file]))[0];
}

async function withContents(source: Source, files: readonly FileDoc[]): Promise<StoredEntry[]> {
  const ids = files.flatMap(({ versions }) => versions.map(({ id }) => id));
  const found = await source.contentFiles.find({ _id: { $in: ids } }).toArray();
  const contents = new Map(
    found.map(({ _id, length, chunkSize }) => [
      _id.toHexString(),
      { id: _id.toHexString(), sealedBytes: length, chunkBytes: chunkSize },
    ]),
  );
  return files.map((file) => ({
    file,
    contents: new Map(
      file.versions.flatMap(({ id }) => {
        const content = contents.get(id.toHexString());
        return content === undefined ? [] : [[content.id, content] as const];
      }),
    ),
  }));
}

/** Reads `count` sealed segments from `first` on, exactly as they are stored; fewer if some are missing. */
export async function readSegments(
  { chunks }: Pick<Collections, 'chunks'>,
  id: ObjectId,
  first: number,
  count: number,
): Promise<Buffer[]> {
  const found = await chunks
    .find(
      { files_id: id, n: { $gte: first, $lt: first + count } },
      { projection: { _id: 0, n: 1, data: 1 }, promoteBuffers: true },
    )
    .sort({ n: 1 })
    .toArray();
  const whole = found.every(({ n, data }, i) => n === first + i && Buffer.isBuffer(data));
  return whole ? found.map(({ data }) => data as unknown as Buffer) : [];
}
