import { maxSkewSeconds } from './signature.ts';

/**
 * Signatures that were accepted, as long as they could be accepted again. What was accepted before this process began, or
 * by another one, is known by the ids in the inbox; this tells a replay from a retry of Slack's.
 */
export class SeenSignatures {
  readonly #until = new Map<string, number>();

  /** @param now milliseconds since 1970. */
  has(signature: string, now: number): boolean {
    return (this.#until.get(signature) ?? 0) > now;
  }

  add(signature: string, now: number): void {
    // In the order of their end, since every one lasts equally long.
    for (const [known, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(known);
    }
    this.#until.set(signature, now + 2 * maxSkewSeconds * 1000);
  }

  delete(signature: string): void {
    this.#until.delete(signature);
  }
}
