import { createHash } from 'node:crypto';
import type { Actor } from '../../src/accounts/actor.ts';
import type { AccountDoc } from '../../src/accounts/documents.ts';
import { LockerError } from '../../src/errors.ts';
import { openFile } from '../../src/files/download.ts';
import type { Limits, Locker } from '../../src/locker.ts';
import { ContentStore } from '../../src/storage/content-store.ts';
import { appendToUpload } from '../../src/uploads/append.ts';
import { createUpload, type NewUpload } from '../../src/uploads/create.ts';
import type { UploadDoc } from '../../src/uploads/documents.ts';
import type { UploadPart } from '../../src/uploads/part.ts';
import type { UploadView } from '../../src/uploads/view.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';

/** Plaintext bytes of a segment in these tests: small, so that little content has many. */
export const S = 64;

/** A locker that cuts small segments. */
export async function openUploads(limits: Partial<Limits> = {}): Promise<TestLocker> {
  const opened = await openTestLocker(limits);
  const content = new ContentStore(opened.locker.collections, S);
  return { ...opened, locker: { ...opened.locker, content } };
}

export const start = (
  locker: Locker,
  actor: Actor,
  sizeBytes: number | null,
  more: Partial<NewUpload> = {},
): Promise<UploadView> =>
  createUpload(locker, actor, {
    name: 'a.bin',
    mediaType: 'application/octet-stream',
    sizeBytes,
    note: '',
    ...more,
  });

/** Sends a part. */
export const send = (
  locker: Locker,
  actor: Actor,
  { id }: { id: string },
  offset: number,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  more: Partial<UploadPart> = {},
): Promise<UploadView> =>
  appendToUpload(locker, actor, id, {
    offset,
    bytes: bytes instanceof Uint8Array ? pieces(bytes, 50) : bytes,
    ...more,
  });

export async function* pieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes);
}

/** A connection that breaks after these bytes. */
export async function* breaking(bytes: Uint8Array, pieceBytes = 50): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes, pieceBytes);
  throw new LockerError('upload_incomplete');
}

/** What the database has of an upload. */
export async function docOf(locker: Locker, { id }: { id: string }): Promise<UploadDoc> {
  const found = await locker.collections.uploads.findOne({ _id: id });
  if (found === null) throw new RangeError('no such upload');
  return found;
}

export async function contentOf(locker: Locker, actor: Actor, fileId: string | null): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const piece of await (await openFile(locker, actor, fileId ?? '')).read()) found.push(piece);
  return Buffer.concat(found);
}

export async function accountOf(locker: Locker, actor: Actor): Promise<AccountDoc> {
  const account = await locker.collections.accounts.findOne({ _id: actor.account });
  if (account === null) throw new RangeError('no such account');
  return account;
}

export async function usageOf(locker: Locker, actor: Actor) {
  const { usedBytes, pendingBytes, pending, fileCount } = await accountOf(locker, actor);
  return { used: usedBytes, pending: pendingBytes, noted: pending.length, files: fileCount };
}

/** Everything that uploads and content leave in the database. */
export async function leftOvers({ collections }: Locker) {
  const { chunks, contentFiles, uploads, uploadTails } = collections;
  return {
    chunks: await chunks.countDocuments(),
    contentFiles: await contentFiles.countDocuments(),
    uploads: await uploads.countDocuments(),
    tails: await uploadTails.countDocuments(),
  };
}

export const digest = (algorithm: string, bytes: Uint8Array): Buffer =>
  createHash(algorithm).update(bytes).digest();

/** Something to wait for. */
export function gate(): { passed: Promise<void>; open(): void } {
  const waiting: (() => void)[] = [];
  const passed = new Promise<void>((resolve) => {
    waiting.push(resolve);
  });
  return {
    passed,
    open: () => {
      for (const resolve of waiting) resolve();
    },
  };
}

/** The code of an error of ours; anything else is thrown on. */
export function codeOf(error: unknown): string {
  if (error instanceof LockerError) return error.code;
  throw error;
}
