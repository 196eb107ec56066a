import { expect, test } from 'vitest';
import { availableMemory, cacheBytesFor } from '../../src/database/cache-size.ts';

const GiB = 1024 ** 3;

test.each([
  [0.5, 0.25],
  [4, 0.25],
  [8, 0.5],
  [16, 1],
  [256, 1],
])('with %s GiB of memory the embedded database caches %s GiB', (memory, cache) => {
  expect(cacheBytesFor(memory * GiB)).toBe(cache * GiB);
});

test('the memory that there is has a size, whatever limits this process', () => {
  expect(availableMemory()).toBeGreaterThan(0);
  expect(Number.isFinite(availableMemory())).toBe(true);
});
