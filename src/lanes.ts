/** Runs what is asked under one name one after another, and what is asked under others meanwhile. */
export class Lanes {
  readonly #ends = new Map<string, Promise<unknown>>();

  /** @throws what the work throws. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#ends.get(name) ?? Promise.resolve()).then(work);
    const end = result.catch(() => {});
    this.#ends.set(name, end);
    try {
      return await result;
    } finally {
      if (this.#ends.get(name) === end) this.#ends.delete(name);
    }
  }
}
