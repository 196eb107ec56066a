/** Runs asynchronous work with a bound on how much is under way, in the order in which it was added. */
export class InFlight {
  readonly #limit: number;
  readonly #running: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Starts work once there is room for it. @throws the first failure of earlier work, without starting more. */
  async add(work: () => Promise<void>): Promise<void> {
    if (this.#running.length >= this.#limit) await this.#running.shift();
    this.throwIfFailed();
    this.#running.push(
      work().catch((error: unknown) => {
        this.#failure ??= { error };
      }),
    );
  }

  /** Waits until nothing is under way. Never rejects: ask `throwIfFailed`. */
  async settle(): Promise<void> {
    await Promise.all(this.#running.splice(0));
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
