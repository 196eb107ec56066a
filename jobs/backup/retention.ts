/** How many snapshots to keep: the last ones, and the last of each of so many hours, days, weeks, months and years. */
export interface RetentionPolicy {
  readonly last?: number;
  readonly hourly?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
}

interface Dated {
  /** Sorts as they were made. */
  readonly id: string;
  readonly createdAt: Date;
}

const dayMs = 24 * 3600 * 1000;

/** Names the hour, day and so on in which a time lies, in UTC. Weeks begin on Monday. */
const periods: Record<Exclude<keyof RetentionPolicy, 'last'>, (time: Date) => string> = {
  hourly: (time) => time.toISOString().slice(0, 13),
  daily: (time) => time.toISOString().slice(0, 10),
  // The first of January 1970 was a Thursday.
  weekly: (time) => String(Math.floor((Math.floor(time.getTime() / dayMs) + 3) / 7)),
  monthly: (time) => time.toISOString().slice(0, 7),
  yearly: (time) => time.toISOString().slice(0, 4),
};

/**
 * Decides which snapshots stay: of each of the latest periods that have one, the newest; the last ones; and always the newest of all.
 * A period without a snapshot does not count, so a locker that was off for a month keeps its history.
 *
 * @returns their ids.
 */
export function chooseKept(snapshots: readonly Dated[], policy: RetentionPolicy): Set<string> {
  // In the order in which they were made: one of a clock that was ahead is no newer than those after it.
  const newestFirst = snapshots.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const kept = new Set(newestFirst.slice(0, Math.max(1, policy.last ?? 0)).map(({ id }) => id));
  for (const [unit, periodOf] of Object.entries(periods)) {
    const seen = new Set<string>();
    for (const { id, createdAt } of newestFirst) {
      const period = periodOf(createdAt);
      if (seen.has(period)) continue;
      if (seen.size >= (policy[unit as keyof typeof periods] ?? 0)) break;
      seen.add(period);
      kept.add(id);
    }
  }
  return kept;
}
