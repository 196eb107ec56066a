import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { kept } from '../src/kept.ts';

describe('a kept answer', () => {
  it('is asked for once by all who come meanwhile, and again when it is too old', async () => {
    let asked = 0;
    const look = kept(50, async () => ++asked);
    expect(await Promise.all([look(), look(), look()])).toEqual([1, 1, 1]);
    await delay(60);
    expect(await Promise.all([look(), look()])).toEqual([2, 2]);
  });

  it('is none if it failed', async () => {
    let asked = 0;
    const look = kept(60_000, async () => {
      if (++asked === 1) throw new Error('away');
      return asked;
    });
    await expect(Promise.all([look(), look()])).rejects.toThrow('away');
    expect(await look()).toBe(2);
  });
});
