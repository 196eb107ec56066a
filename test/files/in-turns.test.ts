import { expect, it } from 'vitest';
import { inTurns } from '../../src/files/in-turns.ts';

it('many things are gone through in order, and others get their turns meanwhile', async () => {
  let turns = 0;
  let isDone = false;
  const others = () => {
    turns++;
    if (!isDone) setImmediate(others);
  };
  setImmediate(others);
  const seen: number[] = [];
  for await (const n of inTurns(Array.from({ length: 1000 }, (_, index) => index))) seen.push(n);
  isDone = true;
  expect(seen).toHaveLength(1000);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(turns).toBeGreaterThanOrEqual(15);
});
