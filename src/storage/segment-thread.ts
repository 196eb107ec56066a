/** The program of a thread that seals and opens segments. Started by `segment-threads.ts`. */
import { parentPort } from 'node:worker_threads';
import { type SegmentTask, SegmentWorker } from './segment-work.ts';

const port = parentPort;
if (port === null) throw new Error('segment-thread is the program of a worker thread');
const worker = new SegmentWorker();

/** What the cipher gave out is soon garbage, but V8 would let 32 MiB of it pile up. Collected in portions that malloc keeps. */
const collectBytes = 2 * 1024 * 1024;
let uncollectedBytes = 0;
function collect(bytes: number): void {
  uncollectedBytes += bytes;
  if (uncollectedBytes < collectBytes) return;
  uncollectedBytes = 0;
  // Only there with --expose-gc.
  globalThis.gc?.({ type: 'minor', execution: 'sync' });
}

port.on('message', (task: SegmentTask) => {
  const result = worker.do(task);
  if (result === undefined) return;
  const bytes = result.kind === 'done' ? result.memory.byteLength : 0;
  port.postMessage(result, result.kind === 'done' ? [result.memory] : []);
  collect(bytes);
});
