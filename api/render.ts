/** A value as JSON has it: dates become RFC 3339 text in UTC, at any depth. */
export type Rendered<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Rendered<Item>[]
    : T extends object
      ? { [Key in keyof T]: Rendered<T[Key]> }
      : T;

export const render = <T>(value: T): Rendered<T> => JSON.parse(JSON.stringify(value)) as Rendered<T>;
