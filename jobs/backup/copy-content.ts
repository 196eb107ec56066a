import {
  readEntry,
  readSegments,
  type StoredContent,
  type StoredEntry,
} from '../../src/backup/read-entries.ts';
import { segmentsOf } from '../../src/backup/segments-of.ts';
import type { Locker } from '../../src/locker.ts';
import { InFlight } from '../../src/storage/in-flight.ts';
import { encodePart, type PartPlan, planParts, type RecordedPart } from './content-object.ts';
import type { LostVersion } from './export-snapshot.ts';
import { trustedForMs } from './grace.ts';
import { objectKey } from './names.ts';
import type { ObjectIndex } from './object-index.ts';
import type { RecordedContent, RecordedFile } from './open-snapshot.ts';
import type { BackupTarget } from './target.ts';
import type { VersionList } from './version-list.ts';

/** Objects on their way at once: enough to hide the latency of disk and network, few enough for flat memory. */
const objectsInFlight = 4;
/** Looks at an entry that keeps changing while its contents are copied. */
const tries = 5;

interface Tools {
  readonly index: ObjectIndex;
  /** What the newest snapshot needs, which prune leaves alone. */
  readonly needed: VersionList;
  readonly signal?: AbortSignal | undefined;
  readonly onCopied: () => void;
}

/** Copies the contents of entries to a target that lacks them. */
export class ContentCopier {
  readonly #locker: Locker;
  readonly #target: BackupTarget;
  readonly #tools: Tools;
  readonly lost: LostVersion[] = [];
  copiedVersions = 0;
  copiedBytes = 0;

  constructor(locker: Locker, target: BackupTarget, tools: Tools) {
    this.#locker = locker;
    this.#target = target;
    this.#tools = tools;
  }

  /** Copies what is missing of a batch of entries. @returns them as they can be restored; without those deleted meanwhile. */
  async copyAll(batch: readonly StoredEntry[]): Promise<RecordedFile[]> {
    const copied: (RecordedFile | undefined)[] = [];
    const work = new InFlight(objectsInFlight);
    try {
      for (const [i, entry] of batch.entries())
        await work.add(async () => {
          copied[i] = await this.#copyEntry(entry);
        });
    } finally {
      await work.settle();
    }
    work.throwIfFailed();
    return copied.filter((recorded) => recorded !== undefined);
  }

  /** An entry that loses a version while it is copied is read anew: it is recorded as it was at one moment. */
  async #copyEntry(entry: StoredEntry): Promise<RecordedFile | undefined> {
    let current: StoredEntry | undefined = entry;
    for (let attempt = 1; current !== undefined; attempt++) {
      const contents: Record<string, RecordedContent> = {};
      const missing: string[] = [];
      for (const { id } of current.file.versions) {
        const content = current.contents.get(id.toHexString());
        const parts = content === undefined ? undefined : await this.#copyContent(content, id);
        if (content === undefined || parts === undefined) missing.push(id.toHexString());
        else
          contents[content.id] = { sealedBytes: content.sealedBytes, chunkBytes: content.chunkBytes, parts };
      }
      const file: RecordedFile['file'] = current.file;
      if (missing.length === 0) return { file, contents };
      current = await readEntry(this.#locker.collections, file._id);
      if (current?.file.revision === file.revision || attempt === tries) {
        // Not deleted, so damaged.
        for (const versionId of missing) this.lost.push({ fileId: file._id, versionId });
        return { file, contents };
      }
    }
    return undefined;
  }

  /** @returns undefined if its segments are not all there. */
  async #copyContent(
    content: StoredContent,
    id: Parameters<typeof readSegments>[1],
  ): Promise<RecordedPart[] | undefined> {
    const parts: RecordedPart[] = [];
    let copied = 0;
    for (const plan of planParts(content)) {
      this.#tools.signal?.throwIfAborted();
      const known = this.#known(content.id, plan);
      if (known !== undefined) {
        parts.push([plan.bytes, known]);
        continue;
      }
      const segments = await readSegments(this.#locker.collections, id, plan.first, plan.count);
      if (!isWhole(content, plan, segments)) return undefined;
      const { bytes, sha256 } = encodePart(content.id, plan, segments);
      await this.#target.put(objectKey({ id: content.id, part: plan.part, sha256 }), bytes);
      parts.push([bytes.length, sha256]);
      copied += bytes.length;
      this.copiedBytes += bytes.length;
      this.#tools.onCopied();
    }
    if (copied > 0) this.copiedVersions++;
    return parts;
  }

  /** Digest of an object that is in the target whole and will stay there. */
  #known(id: string, { part, bytes }: PartPlan): string | undefined {
    const since = Date.now() - trustedForMs;
    return this.#tools.index
      .find(id, part)
      .find(
        (found) =>
          found.bytes === bytes && (found.modifiedAt.getTime() > since || this.#tools.needed.has(id)),
      )?.sha256;
  }
}

function isWhole(content: StoredContent, { first, count }: PartPlan, segments: readonly Buffer[]): boolean {
  const last = segmentsOf(content) - 1;
  const lastBytes = content.sealedBytes - last * content.chunkBytes;
  return (
    segments.length === count &&
    segments.every((segment, i) => segment.length === (first + i === last ? lastBytes : content.chunkBytes))
  );
}
