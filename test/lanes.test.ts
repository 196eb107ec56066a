import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Lanes } from '../src/lanes.ts';

describe('lanes', () => {
  it('run what has one name in its order, also after a failure, and others meanwhile', async () => {
    const lanes = new Lanes();
    const done: string[] = [];
    const gate = new EventEmitter();
    const first = lanes.run('a', async () => {
      await once(gate, 'open');
      done.push('first');
      throw new Error('broken');
    });
    const second = lanes.run('a', async () => done.push('second'));
    expect(await lanes.run('b', async () => done.push('other'))).toBe(1);
    expect(done).toEqual(['other']);
    gate.emit('open');
    await expect(first).rejects.toThrow('broken');
    await second;
    expect(done).toEqual(['other', 'first', 'second']);
    expect(await lanes.run('a', async () => 'anew')).toBe('anew');
  });
});
