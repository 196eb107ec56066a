/** A call that is answered with `ok: false`. */
export class Refusal extends Error {
  readonly code: string;
  readonly notes: readonly string[];

  constructor(code: string, notes: readonly string[] = []) {
    super(`${code} ${notes.join('; ')}`);
    this.code = code;
    this.notes = notes;
  }
}
