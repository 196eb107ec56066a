import { createHash } from 'node:crypto';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { segmentCount } from '../crypto/segments.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { accessFile } from '../sharing/access.ts';
import { inspectContent } from '../storage/inspect-content.ts';
import { openFileKey } from './download.ts';
import { findVersion } from './entry.ts';

/** What was found when the stored bytes of a version were read. Nothing of the content is in it. */
export interface Proof {
  readonly fileId: string;
  readonly version: number;
  readonly format: 'coffer/v1';
  /** Master key that wraps the key of this version. */
  readonly keyId: string;
  readonly segments: number;
  /** Plaintext bytes of a full segment. */
  readonly segmentBytes: number;
  /** Bytes that are stored, all tokens together. */
  readonly sealedBytes: number;
  readonly plaintextBytes: number;
  /** How many segments verified. */
  readonly macsVerified: number;
  /** SHA-256 of the plaintext, as the sealed record has it. */
  readonly sha256: string;
  /** True if the plaintext that was read has it. */
  readonly sha256Matches: boolean;
  /** True if all of it verified and nothing else is stored under its id. */
  readonly intact: boolean;
  /** Numbers of segments, from 0, that are missing or do not verify; the first thousand of them. */
  readonly damaged: readonly number[];
  readonly checkedAt: Date;
  readonly database: {
    /** Name of the collection that holds the bytes. */
    readonly collection: string;
    /** Their `files_id` there. */
    readonly contentId: string;
    /** The first bytes of the first chunk, hexadecimal: a Fernet token begins with 80. */
    readonly sampleHex: string;
  };
}

const maxDamagedListed = 1000;

/**
 * Reads all stored bytes of a version and reports whether they are what was put there. Damage is part of the report.
 *
 * @param input.n number of the version; the current one if absent.
 * @param input.signal ends it when nobody waits for it any more.
 * @throws LockerError `not_found`; `content_damaged` if the record of the file is damaged, `key_missing`; `cancelled`.
 */
export const proveFile = audited(
  'file.prove',
  ([id, input]) => ({ file: id, subject: input.n === undefined ? undefined : `version ${input.n}` }),
  async (
    locker: Locker,
    actor: Actor,
    fileId: string,
    { n, signal }: { n?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<Proof> => {
    const me = await requireAccount(locker, actor, 'files:read');
    const { file, metadata } = await accessFile(locker, me, fileId, 'viewer');
    const { facts, stored } = findVersion(file, metadata, n);
    const layout = { sizeBytes: facts.size, segmentBytes: facts.segmentBytes };
    const key = { id: stored.id, fileKey: openFileKey(locker, fileId, stored) };
    const { chunks } = locker.collections;

    const segments = segmentCount(layout);
    const hash = createHash('sha256');
    const damaged: number[] = [];
    let sealedBytes = 0;
    let plaintextBytes = 0;
    let macsVerified = 0;
    let sampleHex = '';
    const inspected = inspectContent(chunks, key, layout, cancelling(signal));
    for await (const segment of inspected) {
      sealedBytes += segment.sealedBytes;
      if (segment.index === 0) sampleHex = Buffer.from(segment.sample).toString('hex');
      if (segment.plaintext === undefined) {
        if (damaged.length < maxDamagedListed) damaged.push(segment.index);
        continue;
      }
      macsVerified++;
      hash.update(segment.plaintext);
      plaintextBytes += segment.plaintext.length;
    }
    const { chunks: chunkCount, listed } = await locker.content.measure(stored.id);
    const sha256Matches = macsVerified === segments && hash.digest('hex') === facts.sha256;
    return {
      fileId,
      version: facts.n,
      format: 'coffer/v1',
      keyId: stored.key.keyId,
      segments,
      segmentBytes: facts.segmentBytes,
      sealedBytes,
      plaintextBytes,
      macsVerified,
      sha256: facts.sha256,
      sha256Matches,
      intact: sha256Matches && listed && chunkCount === segments,
      damaged,
      checkedAt: locker.now(),
      database: { collection: chunks.collectionName, contentId: facts.id, sampleHex },
    };
  },
);

/** A signal that throws an error of ours. */
function cancelling(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const controller = new AbortController();
  const cancel = () => controller.abort(new LockerError('cancelled'));
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  return controller.signal;
}
