import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openBulk, sealBulk } from '../../src/crypto/bulk.ts';
import { OpenError, tokenLength } from '../../src/crypto/fernet.ts';
import { randomKey } from '../../src/crypto/keyring.ts';
import { segmentKey } from '../../src/crypto/segments.ts';
import { SegmentSealer } from '../../src/storage/segment-sealer.ts';
import { SegmentThreads } from '../../src/storage/segment-threads.ts';
import { plaintextStart, type SegmentPlace, smallBytes } from '../../src/storage/segment-work.ts';
import { flipBit, someBytes } from '../support/bytes.ts';

const place = (index = 0, last = true): SegmentPlace => ({
  fileKey: randomKey(),
  versionId: someBytes(12),
  index,
  last,
});

/** Memory for a token, with the plaintext where it has to lie. */
function memoryWith(plaintext: Uint8Array, roomBytes = plaintext.length): ArrayBuffer {
  const memory = Buffer.allocUnsafeSlow(tokenLength(roomBytes));
  memory.set(plaintext, plaintextStart);
  return memory.buffer;
}

const keyOf = ({ fileKey, versionId, index, last }: SegmentPlace) =>
  segmentKey(fileKey, versionId, index, last);
const sizes = [0, 1, 15, 16, 17, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 100_000, 1024 * 1024];

describe('threads that seal and open', () => {
  const threads = new SegmentThreads(2);
  const openOne = async (at: SegmentPlace, token: Buffer, plaintextBytes: number) => {
    const { made, refusal } = await threads.open([{ place: at, token, plaintextBytes }]);
    if (made[0] === undefined) throw refusal ?? new Error('nothing was opened');
    return made[0].data;
  };

  it('seal what opens in line, and open what was sealed in line', async () => {
    for (const size of sizes) {
      const at = place();
      const plaintext = someBytes(size);
      const { data: token } = await threads.seal(at, memoryWith(plaintext), size, undefined);
      expect(token.length).toBe(tokenLength(size));
      expect(Buffer.concat([...openBulk(keyOf(at), token)]).equals(plaintext)).toBe(true);
      const other = sealBulk(keyOf(at), [plaintext]);
      expect((await openOne(at, other, size)).equals(plaintext)).toBe(true);
    }
  });

  it('take memory that is larger than the token', async () => {
    const at = place();
    const plaintext = someBytes(5000);
    const { data } = await threads.seal(at, memoryWith(plaintext, 9000), 5000, undefined);
    expect(Buffer.concat([...openBulk(keyOf(at), data)]).equals(plaintext)).toBe(true);
  });

  it('take the memory with them, and leave alone what others share', async () => {
    const at = place();
    const plaintext = someBytes(100_000);
    const memory = memoryWith(plaintext);
    const sealing = threads.seal(at, memory, plaintext.length, undefined);
    expect(memory.byteLength).toBe(0);
    const { data: token } = await sealing;
    const shared = Buffer.concat([Buffer.alloc(9000), token]);
    await openOne(at, shared.subarray(9000), plaintext.length);
    expect(shared.subarray(9000).equals(token)).toBe(true);
    await openOne(at, token, plaintext.length);
    expect(token.length).toBe(0);
  });

  it('release nothing of a token that does not open', async () => {
    const at = place();
    const plaintext = someBytes(50_000);
    const seal = () => sealBulk(keyOf(at), [plaintext]);
    const refusals: [string, SegmentPlace, Buffer, number][] = [
      ['mac', at, flipBit(seal(), 30 * 8), plaintext.length],
      ['mac', { ...at, index: 1 }, seal(), plaintext.length],
      ['mac', { ...at, last: false }, seal(), plaintext.length],
      ['length', at, seal(), plaintext.length + 16],
      ['length', at, seal(), plaintext.length - 1],
      ['malformed', at, flipBit(seal(), 7), plaintext.length],
    ];
    for (const [reason, where, token, bytes] of refusals) {
      const { made, refusal } = await threads.open([{ place: where, token, plaintextBytes: bytes }]);
      expect(made).toEqual([]);
      expect(refusal).toBeInstanceOf(OpenError);
      expect(refusal).toMatchObject({ reason });
    }
    expect((await openOne(at, seal(), plaintext.length)).equals(plaintext)).toBe(true);
  });

  it('open several that lie in the same memory, up to the first that does not open', async () => {
    const at = place(3, false);
    const plaintexts = [someBytes(20_000), someBytes(20_000), someBytes(20_000), someBytes(999)];
    const tokensIn = (damaged: number | undefined) => {
      const tokens = plaintexts.map((plaintext, offset) =>
        sealBulk(keyOf({ ...at, index: 3 + offset }), [plaintext]),
      );
      if (damaged !== undefined) tokens[damaged] = flipBit(tokens[damaged] ?? Buffer.alloc(0), 900);
      // As in a message of the database: with something before, between and behind.
      const message = Buffer.allocUnsafeSlow(tokens.reduce((sum, { length }) => sum + length + 20, 20));
      let end = 20;
      return tokens.map((token, offset) => {
        token.copy(message, end);
        const view = message.subarray(end, end + token.length);
        end += token.length + 20;
        const plaintextBytes = plaintexts[offset]?.length ?? 0;
        return { place: { ...at, index: 3 + offset }, token: view, plaintextBytes };
      });
    };
    const whole = await threads.open(tokensIn(undefined));
    expect(whole.refusal).toBeUndefined();
    expect(whole.made.map(({ data }, offset) => data.equals(plaintexts[offset] ?? Buffer.alloc(0)))).toEqual(
      Array(4).fill(true),
    );
    for (let damaged = 0; damaged < 4; damaged++) {
      const { made, refusal } = await threads.open(tokensIn(damaged));
      expect(refusal).toMatchObject({ reason: 'mac' });
      expect(made.map(({ data }, offset) => data.equals(plaintexts[offset] ?? Buffer.alloc(0)))).toEqual(
        Array(damaged).fill(true),
      );
    }
  });

  it('hash the plaintext of one content in its order, whatever else goes on', async () => {
    const contents = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const hash = threads.startHash();
        const segments = Array.from({ length: 6 }, () => someBytes(40_000));
        const sealing = segments.map((segment, index) =>
          threads.seal(place(index), memoryWith(segment), segment.length, hash),
        );
        const digest = await threads.digest(hash);
        await Promise.all(sealing);
        return { digest, expected: createHash('sha256').update(Buffer.concat(segments)).digest('hex') };
      }),
    );
    for (const { digest, expected } of contents) expect(digest).toBe(expected);
  });

  it('begin a hash anew after it was forgotten', async () => {
    const hash = threads.startHash();
    await threads.seal(place(), memoryWith(someBytes(100)), 100, hash);
    threads.forget(hash);
    expect(await threads.digest(hash)).toBe(createHash('sha256').digest('hex'));
  });

  it('say what failed when a task cannot be done, and go on', async () => {
    const at = { ...place(), fileKey: new Uint8Array(31) };
    await expect(threads.seal(at, memoryWith(someBytes(100)), 100, undefined)).rejects.toThrow(
      'a sealing thread failed: a file key has 32 bytes',
    );
    const right = place();
    await expect(threads.seal(right, memoryWith(someBytes(100)), 100, undefined)).resolves.toBeDefined();
  });

  it('reject what was under way when they end, and start again', async () => {
    const own = new SegmentThreads(1);
    const at = place();
    const plaintext = someBytes(300_000);
    const hash = own.startHash();
    const sealing = own.seal(at, memoryWith(plaintext), plaintext.length, hash);
    const outcome = sealing.catch((error: unknown) => error);
    await own.close();
    expect(await outcome).toMatchObject({
      message: expect.stringContaining('a sealing thread ended') as string,
    });
    // Its hash went with it: nothing may be committed under the digest of a part.
    await expect(own.digest(hash)).rejects.toThrow('a sealing thread ended');
    const { data } = await own.seal(at, memoryWith(plaintext), plaintext.length, undefined);
    expect(Buffer.concat([...openBulk(keyOf(at), data)]).equals(plaintext)).toBe(true);
    await own.close();
  });
});

describe('the sealer of a content', () => {
  for (const [what, size] of [
    ['short', 1000],
    ['long', smallBytes + 1000],
  ] as const) {
    it(`hashes all of ${what} segments, the shorter last one included`, async () => {
      const sealer = new SegmentSealer(true);
      const segments = [someBytes(size), someBytes(size), someBytes(10)];
      for (const [index, segment] of segments.entries()) {
        const at = place(index, index === 2);
        const { data } = await sealer.seal(at, memoryWith(segment, size), segment.length);
        expect(Buffer.concat([...openBulk(keyOf(at), data)]).equals(segment)).toBe(true);
      }
      expect(await sealer.digest()).toBe(createHash('sha256').update(Buffer.concat(segments)).digest('hex'));
    });
  }

  it('hashes nothing for an empty content', async () => {
    expect(await new SegmentSealer(true).digest()).toBe(createHash('sha256').digest('hex'));
  });
});
