import { totalmem } from 'node:os';

const GiB = 1024 ** 3;
/** Of the memory that there is. MongoDB's own default, about half of it, is made for a machine that does nothing else. */
const share = 1 / 16;
const leastBytes = GiB / 4;
const mostBytes = GiB;

/** Memory that this process and its database may use, bytes: what the machine has, or what a container allows. */
export const availableMemory = (): number => {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
};

/** Cache of the embedded database for so much memory, bytes: small on a small machine, and enough for long lists on a larger one. */
export const cacheBytesFor = (memoryBytes: number): number =>
  Math.min(mostBytes, Math.max(leastBytes, memoryBytes * share));
