import { backup } from './backup.ts';
import { firstByte } from './first-byte.ts';
import { lists } from './lists.ts';
import { memoryOfMany, memoryOfOne } from './memory.ts';
import { overhead } from './overhead.ts';
import { smallFiles } from './small-files.ts';
import { largeTransfer, mediumTransfer } from './transfer.ts';
import type { Workload } from './workload.ts';

export const workloads: readonly Workload[] = [
  mediumTransfer,
  largeTransfer,
  smallFiles,
  firstByte,
  memoryOfOne,
  memoryOfMany,
  overhead,
  lists,
  backup,
];
