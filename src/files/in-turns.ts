import { setImmediate as nextTurn } from 'node:timers/promises';

/** How much is done before others get their turn: some milliseconds' worth of opened entries. */
const together = 50;

/** Goes through many things, and lets the event loop do other work every few of them, however fast they come. */
export async function* inTurns<T>(
  things: Iterable<T> | AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  let count = 0;
  for await (const thing of things) {
    if (++count % together === 0) await nextTurn();
    yield thing;
  }
}
