/**
 * How many turns of the event loop a batch waits for more. A turn without work takes a microsecond, so nobody who is alone
 * is kept waiting; the busier the loop, the longer its turns, and the more comes together.
 */
const patienceTurns = 6;

/** Calls back after a few turns of the event loop. */
export function afterTurns(then: () => void, turns = patienceTurns): void {
  setImmediate(turns <= 1 ? then : () => afterTurns(then, turns - 1));
}

/** The same as a promise. */
export const someTurns = (): Promise<void> => new Promise((resolve) => afterTurns(resolve));
