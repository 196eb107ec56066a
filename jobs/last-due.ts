/** How far back it is looked: two months of minutes. */
const mostSteps = 62 * 24 * 60;

/**
 * Finds when a job was last due.
 *
 * @param matches whether it is due at a time.
 * @param stepMs how fine its schedule is: a minute, or a second where it has a field for them.
 * @returns the last such time after `after` and not after `until`; undefined if there is none in the last two months
 *   (a day, for a schedule of seconds).
 */
export function lastDue(
  matches: (at: Date) => boolean,
  { after, until, stepMs }: { readonly after: Date; readonly until: Date; readonly stepMs: number },
): Date | undefined {
  let at = Math.floor(until.getTime() / stepMs) * stepMs;
  for (let step = 0; step < mostSteps && at > after.getTime(); step++, at -= stepMs)
    if (matches(new Date(at))) return new Date(at);
  return undefined;
}
