const capacity = 20_000;
/** Short, since a ban can be lifted by another instance. */
const goodForMs = 5_000;

/** Remembers in the process who was just refused, so that a flood of guesses does not become a flood of queries. */
export class Refusals {
  readonly #known = new Map<string, { readonly until: Date; readonly goodUntilMs: number }>();

  /** When this source may come back; undefined if that is not known here. */
  find(source: string, now: Date): Date | undefined {
    const known = this.#known.get(source);
    if (known !== undefined && known.until > now && known.goodUntilMs > now.getTime()) return known.until;
    this.#known.delete(source);
    return undefined;
  }

  add(source: string, until: Date, now: Date): void {
    this.#known.delete(source);
    this.#known.set(source, { until, goodUntilMs: now.getTime() + goodForMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > capacity && oldest !== undefined) this.#known.delete(oldest);
  }

  delete(source: string): void {
    this.#known.delete(source);
  }
}
