import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { OpenError } from '../crypto/fernet.ts';
import {
  type MadeSegment,
  type SegmentPlace,
  type SegmentResult,
  type SegmentTask,
  smallBytes,
} from './segment-work.ts';

/** Beyond this the database is what one waits for. */
const mostThreads = 4;
/** What a message of the database may hold beside the token that it was sent for. */
const foreignBytes = 512;

/** A token with what it is. */
export interface SealedSegment {
  readonly place: SegmentPlace;
  readonly token: Buffer;
  /** How many bytes it must hold. */
  readonly plaintextBytes: number;
}

/** What opened, and why the token after it did not. */
export interface OpenedSegments {
  readonly made: readonly MadeSegment[];
  readonly refusal: OpenError | undefined;
}

/** A hash that a thread keeps over the plaintext of the segments that it seals, in the order in which it gets them. */
export interface SealingHash {
  readonly thread: SegmentThread;
  readonly number: number;
}

interface Waiting {
  readonly resolve: (result: SegmentResult) => void;
  readonly reject: (error: Error) => void;
}

/** One thread. It answers in the order in which it is asked. */
class SegmentThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #failure: Error | undefined;

  constructor(onEnd: (thread: SegmentThread) => void) {
    this.#worker = startProgram();
    // Idle, it keeps no process from ending.
    this.#worker.unref();
    this.#worker.on('message', (result: SegmentResult) => {
      this.#waiting.shift()?.resolve(result);
      if (this.#waiting.length === 0) this.#worker.unref();
    });
    const end = (error: Error) => {
      this.#failure ??= error;
      onEnd(this);
      for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    };
    this.#worker.on('error', end);
    this.#worker.on('messageerror', end);
    this.#worker.on('exit', (code) => end(new Error(`a sealing thread ended with ${code}`)));
  }

  /** How much is under way. */
  get load(): number {
    return this.#waiting.length;
  }

  ask(task: SegmentTask, memory: readonly ArrayBuffer[]): Promise<SegmentResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      if (this.#waiting.length === 0) this.#worker.ref();
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(task, memory);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Asks for what has no answer. */
  tell(task: SegmentTask): void {
    if (this.#failure === undefined) this.#worker.postMessage(task, []);
  }
}

/**
 * Threads that seal and open long segments, so that the one with the event loop is free for the next. They start when
 * they are first needed, at most one for each further core. Memory goes over and comes back, without being copied.
 */
export class SegmentThreads {
  readonly #most: number;
  readonly #threads = new Set<SegmentThread>();
  #hashes = 0;

  /** @param most how many; none on a machine with one core. */
  constructor(most: number = Math.min(mostThreads, availableParallelism() - 1)) {
    this.#most = most;
  }

  /** False if a segment of this length is better sealed and opened in line, or has to be. */
  worth(plaintextBytes: number): boolean {
    return this.#most > 0 && plaintextBytes > smallBytes;
  }

  /** Begins a hash. End it with `digest` or `forget`. */
  startHash(): SealingHash {
    return { thread: this.#idlest(), number: this.#hashes++ };
  }

  /** @returns SHA-256 in hexadecimal of all plaintext that was sealed with the hash. */
  async digest({ thread, number }: SealingHash): Promise<string> {
    const result = await thread.ask({ kind: 'digest', hash: number }, []);
    if (result.kind !== 'digest') throw unexpected(result);
    return result.sha256;
  }

  forget({ thread, number }: SealingHash): void {
    thread.tell({ kind: 'forget', hash: number });
  }

  /**
   * Seals a plaintext that lies in `memory` from `plaintextStart`.
   *
   * @param memory with room for the token. It is gone here until the token comes, in the same memory.
   */
  async seal(
    place: SegmentPlace,
    memory: ArrayBuffer,
    plaintextBytes: number,
    hash: SealingHash | undefined,
  ): Promise<MadeSegment> {
    const thread = hash?.thread ?? this.#idlest();
    const task = { kind: 'seal', place: alone(place), memory, plaintextBytes, hash: hash?.number } as const;
    const [token] = partsOf(await thread.ask(task, [memory])).made;
    if (token === undefined) throw new Error('a sealing thread gave no token');
    return token;
  }

  /**
   * Opens tokens, one after the other.
   *
   * @param tokens gone afterwards, if they lie in memory of their own.
   * @returns all that open before the first that does not. Nothing of that one is released.
   */
  async open(tokens: readonly SealedSegment[]): Promise<OpenedSegments> {
    const memory = memoryOf(tokens.map(({ token }) => token));
    const task = {
      kind: 'open',
      memory: memory.buffer,
      tokens: tokens.map(({ place, token, plaintextBytes }, index) => {
        const start = memory.starts[index] ?? 0;
        return { place: alone(place), start, end: start + token.length, plaintextBytes };
      }),
    } as const;
    return partsOf(await this.#idlest().ask(task, [memory.buffer]));
  }

  /** Ends all threads; what is under way is rejected. They start again when they are needed. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  /** The one with the least to do; another one if all have something, and there may be more. */
  #idlest(): SegmentThread {
    let idlest: SegmentThread | undefined;
    for (const thread of this.#threads)
      if (idlest === undefined || thread.load < idlest.load) idlest = thread;
    if (idlest !== undefined && (idlest.load === 0 || this.#threads.size >= this.#most)) return idlest;
    const thread = new SegmentThread((ended) => this.#threads.delete(ended));
    this.#threads.add(thread);
    return thread;
  }
}

/** Only tests and development run from the source; what is built needs nothing else to run. */
function startProgram(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./segment-thread.js', import.meta.url));
  const program = new URL('./segment-thread.ts', import.meta.url).href;
  const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(program)}, ${JSON.stringify(import.meta.url)}))`;
  return new Worker(load, { eval: true });
}

/** The memory in which tokens lie alone, and where: their own, or a copy of them. */
function memoryOf(tokens: readonly Buffer[]): { buffer: ArrayBuffer; starts: readonly number[] } {
  const shared = tokens[0]?.buffer;
  const bytes = tokens.reduce((sum, { length }) => sum + length, 0);
  // Short ones can be part of a pool.
  const areAlone =
    shared instanceof ArrayBuffer &&
    bytes > Buffer.poolSize &&
    shared.byteLength - bytes <= foreignBytes &&
    tokens.every(({ buffer }) => buffer === shared);
  if (areAlone) return { buffer: shared, starts: tokens.map(({ byteOffset }) => byteOffset) };
  const copy = Buffer.allocUnsafeSlow(bytes);
  let end = 0;
  const starts = tokens.map((token) => {
    const start = end;
    end += token.copy(copy, start);
    return start;
  });
  return { buffer: copy.buffer, starts };
}

/** Without the pool that the bytes may lie in: all of it would be copied to the thread. */
const alone = (place: SegmentPlace): SegmentPlace => ({
  ...place,
  fileKey: new Uint8Array(place.fileKey),
  versionId: new Uint8Array(place.versionId),
});

function partsOf(result: SegmentResult): OpenedSegments {
  if (result.kind !== 'done') throw unexpected(result);
  const { memory, parts, refusal } = result;
  return {
    made: parts.map(({ start, end, seconds }) => ({
      data: Buffer.from(memory, start, end - start),
      seconds,
    })),
    refusal: refusal === undefined ? undefined : new OpenError(refusal),
  };
}

const unexpected = (result: SegmentResult): Error =>
  new Error(`a sealing thread failed: ${result.kind === 'failed' ? result.message : result.kind}`);

/** Those of this process: cores are its, not a locker's. */
export const segmentThreads = new SegmentThreads();
