import { assert, constantFrom, integer, property, record, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseKept, type RetentionPolicy } from '../../../jobs/backup/retention.ts';

const at = (time: string, id = time) => ({ id, createdAt: new Date(time) });
const count = integer({ min: 0, max: 6 });
const policies = record({
  last: count,
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
});
const snapshots = uniqueArray(integer({ min: Date.UTC(2020), max: Date.UTC(2027) }), { maxLength: 60 }).map(
  (times) => times.map((time) => ({ id: String(time), createdAt: new Date(time) })),
);
const total = (policy: RetentionPolicy) =>
  Object.values(policy).reduce((sum: number, n: number) => sum + n, 0);

describe('the choice of snapshots that stay', () => {
  it('keeps the newest of each of the latest periods', () => {
    const all = [
      at('2026-11-23T03:00:00Z'),
      at('2026-11-23T02:00:00Z'),
      at('2026-11-22T03:00:00Z'),
      at('2026-11-21T03:00:00Z'),
      at('2026-11-15T03:00:00Z'),
      at('2026-10-31T03:00:00Z'),
      at('2026-10-30T03:00:00Z'),
      at('2025-12-31T03:00:00Z'),
      at('2025-01-01T03:00:00Z'),
    ];
    const kept = (policy: RetentionPolicy) =>
      all.flatMap(({ id }) => (chooseKept(all, policy).has(id) ? [id.slice(0, 13)] : []));
    expect(kept({ last: 2 })).toEqual(['2026-11-23T03', '2026-11-23T02']);
    expect(kept({ daily: 2 })).toEqual(['2026-11-23T03', '2026-11-22T03']);
    // Monday the 23rd begins a week; Sunday the 22nd and Saturday the 21st end the one before.
    expect(kept({ weekly: 3 })).toEqual(['2026-11-23T03', '2026-11-22T03', '2026-11-15T03']);
    expect(kept({ monthly: 2 })).toEqual(['2026-11-23T03', '2026-10-31T03']);
    expect(kept({ yearly: 9 })).toEqual(['2026-11-23T03', '2025-12-31T03']);
    expect(kept({})).toEqual(['2026-11-23T03']);
  });

  it('goes by the order in which they were made, and counts each for the day that its clock said', () => {
    const all = [
      at('2026-11-21T03:00:00Z', '1'),
      at('2027-05-01T03:00:00Z', '2'),
      at('2026-11-22T03:00:00Z', '3'),
      at('2026-11-23T03:00:00Z', '4'),
    ];
    expect(chooseKept(all, {})).toEqual(new Set(['4']));
    expect(chooseKept(all, { last: 2 })).toEqual(new Set(['4', '3']));
    expect(chooseKept(all, { daily: 3 })).toEqual(new Set(['4', '3', '2']));
    expect(chooseKept(all, { monthly: 2 })).toEqual(new Set(['4', '2']));
  });

  it('never drops the newest, keeps no more than it was told to, and does not depend on the order', () => {
    assert(
      property(snapshots, policies, (all, policy) => {
        const kept = chooseKept(all, policy);
        const newest = all.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
        for (const { id } of newest.slice(0, 1)) expect(kept.has(id)).toBe(true);
        expect(kept.size).toBeLessThanOrEqual(Math.max(1, total(policy)));
        for (const { id } of newest.slice(0, policy.last)) expect(kept.has(id)).toBe(true);
        expect(chooseKept(all.toReversed(), policy)).toEqual(kept);
      }),
    );
  });

  it('applied again changes nothing, and a larger policy keeps at least as much', () => {
    assert(
      property(
        snapshots,
        policies,
        constantFrom('last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly' as const),
        (all, policy, unit) => {
          const kept = chooseKept(all, policy);
          expect(
            chooseKept(
              all.filter(({ id }) => kept.has(id)),
              policy,
            ),
          ).toEqual(kept);
          const more = chooseKept(all, { ...policy, [unit]: policy[unit] + 1 });
          for (const id of kept) expect(more.has(id)).toBe(true);
        },
      ),
    );
  });

  it('keeps a snapshot of every day for as many days as it says, when one is made every hour', () => {
    assert(
      property(integer({ min: 1, max: 10 }), integer({ min: 1, max: 400 }), (daily, hours) => {
        const all = Array.from({ length: hours }, (_, i) =>
          at(new Date(Date.UTC(2026, 0, 1, i)).toISOString()),
        );
        const days = new Set([...chooseKept(all, { daily })].map((id) => id.slice(0, 10)));
        expect(days.size).toBe(Math.min(daily, Math.ceil(hours / 24)));
      }),
    );
  });
});
