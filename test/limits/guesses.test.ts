import { describe, expect, it } from 'vitest';
import { claim } from '../../src/accounts/claim.ts';
import { issueSetupCode } from '../../src/accounts/installation.ts';
import { LockerError } from '../../src/errors.ts';
import { guardGuess } from '../../src/limits/guesses.ts';
import { Refusals } from '../../src/limits/refusals.ts';
import type { Locker } from '../../src/locker.ts';
import { openTestLocker } from '../support/locker.ts';

const wrong = () => Promise.reject(new LockerError('invalid_code'));
const right = () => Promise.resolve('in');
const taken = () => Promise.reject(new LockerError('account_exists'));
const guest = (address: string) => ({ door: 'api', client: 'test', address }) as const;
const minute = 60_000;

/** The code of the outcome, with how long to wait. */
async function outcome(attempt: Promise<unknown>): Promise<string | { wait: number | undefined }> {
  try {
    return String(await attempt);
  } catch (error) {
    if (!(error instanceof LockerError)) throw error;
    return error.code === 'rate_limited' ? { wait: error.details.retryAfterSeconds } : error.code;
  }
}

const guess = (locker: Locker, address: string, attempt: () => Promise<unknown> = wrong, target?: string) =>
  outcome(guardGuess(locker, { address }, 'invite', attempt, target));

describe('guardGuess', () => {
  it('bans a source after its free failures, for longer each time, and lets the right code in between', async () => {
    await using t = await openTestLocker();
    for (let i = 0; i < 10; i++) expect(await guess(t.locker, '192.0.2.1')).toBe('invalid_code');
    // The one that breaks the camel's back is still looked at.
    expect(await guess(t.locker, '192.0.2.1')).toBe('invalid_code');
    expect(await guess(t.locker, '192.0.2.1', right)).toEqual({ wait: expect.closeTo(30, -1) });
    t.advance(31_000);
    expect(await guess(t.locker, '192.0.2.1')).toBe('invalid_code');
    expect(await guess(t.locker, '192.0.2.1')).toEqual({ wait: expect.closeTo(60, -1) });
    t.advance(61_000);
    expect(await guess(t.locker, '192.0.2.1')).toBe('invalid_code');
    expect(await guess(t.locker, '192.0.2.1')).toEqual({ wait: expect.closeTo(120, -1) });
    t.advance(121_000);
    expect(await guess(t.locker, '192.0.2.1', right)).toBe('in');
    // And that clears the source.
    for (let i = 0; i < 10; i++) expect(await guess(t.locker, '192.0.2.1')).toBe('invalid_code');
  });

  it('does not let a source out of a ban by trying on', async () => {
    await using t = await openTestLocker();
    for (let i = 0; i < 11; i++) await guess(t.locker, '192.0.2.1');
    for (let i = 0; i < 50; i++)
      expect(await guess(t.locker, '192.0.2.1')).toMatchObject({ wait: expect.any(Number) });
    t.advance(31_000);
    expect(await guess(t.locker, '192.0.2.1', right)).toBe('in');
  });

  it('leaves others alone: another address, another kind, another target', async () => {
    await using t = await openTestLocker();
    for (let i = 0; i < 12; i++) await guess(t.locker, '192.0.2.1');
    expect(await guess(t.locker, '192.0.2.2')).toBe('invalid_code');
    expect(await guess(t.locker, '192.0.2.1', wrong, 'another')).toBe('invalid_code');
    expect(await outcome(guardGuess(t.locker, { address: '192.0.2.1' }, 'setup', wrong))).toBe(
      'invalid_code',
    );
    expect(await outcome(guardGuess(t.locker, { account: 'a' }, 'invite', wrong))).toBe('invalid_code');
  });

  it('takes all addresses of an IPv6 /64 for one', async () => {
    await using t = await openTestLocker();
    for (let i = 0; i < 11; i++) await guess(t.locker, `2001:db8::${i}`);
    expect(await guess(t.locker, '2001:db8::ffff')).toMatchObject({ wait: expect.any(Number) });
    expect(await guess(t.locker, '2001:db8:0:1::1')).toBe('invalid_code');
  });

  it('looks at no more than the free ones and one of 200 guesses at once', async () => {
    await using t = await openTestLocker();
    let looked = 0;
    const attempt = () => {
      looked++;
      return wrong();
    };
    await Promise.all(Array.from({ length: 200 }, () => guess(t.locker, '192.0.2.1', attempt)));
    expect(looked).toBeLessThanOrEqual(11);
    expect(looked).toBeGreaterThan(0);
  });

  it('does not count what failed for another reason', async () => {
    await using t = await openTestLocker();
    for (let i = 0; i < 30; i++) expect(await guess(t.locker, '192.0.2.1', taken)).toBe('account_exists');
    expect(await guess(t.locker, '192.0.2.1', right)).toBe('in');
  });

  it('gives a guesser nothing for right codes of their own, where they can make some', async () => {
    await using t = await openTestLocker();
    const device = (attempt: () => Promise<unknown>) =>
      outcome(guardGuess(t.locker, { account: 'mallory' }, 'device', attempt));
    for (let i = 0; i < 5; i++) {
      expect(await device(wrong)).toBe('invalid_code');
      expect(await device(right)).toBe('in');
    }
    expect(await device(wrong)).toBe('invalid_code');
    expect(await device(right)).toMatchObject({ wait: expect.any(Number) });
  });

  it('holds guesses at one link password to a few a minute, from however many addresses', async () => {
    await using t = await openTestLocker();
    let looked = 0;
    const attempt = () => {
      looked++;
      return wrong();
    };
    const all = (n: number, attemptOf = attempt, target = 'link-a') =>
      outcome(guardGuess(t.locker, { address: `192.0.2.${n}` }, 'link-password', attemptOf, target));
    for (let n = 0; n < 200; n++) await all(n);
    expect(looked).toBe(30);
    // Another link is not touched, and the next minute this one is open again.
    expect(await all(250, () => Promise.resolve('in') as never, 'link-b')).toBe('in');
    t.advance(minute);
    expect(await all(250, () => Promise.resolve('in') as never)).toBe('in');
  });

  it('shares its counts with another instance on the same database', async () => {
    await using t = await openTestLocker();
    for (let i = 0; i < 11; i++) await guess(t.locker, '192.0.2.1');
    const other: Locker = { ...t.locker, refusals: new Refusals() };
    expect(await guess(other, '192.0.2.1', right)).toMatchObject({ wait: expect.any(Number) });
  });
});

describe('the setup code', () => {
  it('keeps out 100,000 guesses from 1,000 addresses, and soon lets the owner in who comes from another', async () => {
    await using t = await openTestLocker();
    const { locker } = t;
    const code = await issueSetupCode(locker.collections, undefined);
    const claimAs = (address: string, text: string) =>
      outcome(claim(locker, guest(address), { code: text, handle: 'alice' }).then(() => 'in'));
    const tally = new Map<string, number>();
    for (let round = 0; round < 100; round++) {
      const outcomes = await Promise.all(
        Array.from({ length: 1000 }, (_, n) => claimAs(`10.0.${n >> 8}.${n & 255}`, `0000${round}-${n}`)),
      );
      for (const each of outcomes) {
        const name = typeof each === 'string' ? each : 'refused';
        tally.set(name, (tally.get(name) ?? 0) + 1);
      }
    }
    expect([...tally.keys()].toSorted()).toEqual(['invalid_code', 'refused']);
    expect(tally.get('refused')).toBeGreaterThan(99_000);
    // What was refused is not in the audit trail either: it cannot be filled that way.
    expect(await locker.collections.audit.countDocuments()).toBe(tally.get('invalid_code'));

    // The flood goes on for as long as it likes: its addresses are no newcomers any more.
    let minutes = 0;
    while (minutes < 10 && (await claimAs('198.51.100.7', code)) !== 'in') {
      t.advance(minute);
      await Promise.all(Array.from({ length: 400 }, (_, n) => claimAs(`10.0.${n >> 8}.${n & 255}`, 'zzzzz')));
      minutes++;
    }
    expect(minutes).toBeLessThanOrEqual(3);
  });
});
