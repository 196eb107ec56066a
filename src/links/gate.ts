import { LockerError } from '../errors.ts';

/** Lets a few through at once, lets some wait, and turns the rest away. */
export class Gate {
  readonly #width: number;
  readonly #queue: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(width: number, queue: number) {
    this.#width = width;
    this.#queue = queue;
  }

  /** Runs work when it is its turn. @throws LockerError `busy` if too many wait, and what `work` throws. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#width) {
      if (this.#waiting.length >= this.#queue) {
        throw new LockerError('busy', { hint: 'Too many try this at the moment. Try again soon.' });
      }
      // Whoever leaves hands the place on, so `#inside` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#inside++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else next();
    }
  }
}
