/** The part of JSON Schema that the API's document uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly format?: string;
  readonly pattern?: string;
}

/** Random choices that a name decides: a failure can be repeated. */
export class Chance {
  #state = 0x811c9dc5;

  constructor(seed: string) {
    for (const char of seed) this.#state = Math.imul(this.#state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }

  /** A whole number below a bound. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined && values.length === 0) throw new RangeError('a pick from nothing');
    return value as T;
  }
}

type Resolve = (schema: JsonSchema) => JsonSchema;
const same: Resolve = (schema) => schema;

/** A value that fits, as far as the schema tells. */
export function valid(schema: JsonSchema, chance: Chance, resolve: Resolve = same): unknown {
  const known = resolve(schema);
  if (known.const !== undefined) return known.const;
  if (known.enum !== undefined) return chance.pick(known.enum);
  const choices = known.anyOf ?? known.oneOf;
  if (choices !== undefined) return valid(chance.pick(choices), chance, resolve);
  const type = typeof known.type === 'string' ? known.type : known.type?.[0];
  if (type === 'integer' || type === 'number')
    return Math.max(known.minimum ?? 1, Math.min(known.maximum ?? 10, 3));
  if (type === 'boolean') return chance.below(2) === 0;
  if (type === 'null') return null;
  if (type === 'array') return [valid(known.items ?? {}, chance, resolve)];
  if (type === 'object')
    return Object.fromEntries(
      Object.entries(known.properties ?? {})
        .filter(([name]) => known.required?.includes(name) === true || chance.below(2) === 0)
        .map(([name, inner]) => [name, valid(inner, chance, resolve)]),
    );
  if (known.format === 'date-time') return '2099-01-01T00:00:00Z';
  return 'sample'.slice(0, known.maxLength ?? 6).padEnd(known.minLength ?? 0, 'x');
}

/** What attackers, and mistakes, send. */
const nasties: readonly unknown[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '../../etc/passwd',
  '..%2f..%2f',
  '{"$gt":""}',
  { $gt: '' },
  { $where: 'sleep(1000)' },
  ['a', 'b'],
  [],
  {},
  { __proto__: { admin: true }, constructor: { prototype: {} } },
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  2 ** 53,
  'NaN',
  '1e9',
  '0x10',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  'x'.repeat(300),
  'x'.repeat(5000),
  '\u202Efdp.exe',
  '\uD800',
  '💥'.repeat(100),
  'ﬀ',
  '\r\nset-cookie: a=b',
  '2026-13-45T99:99:99Z',
  '2099-01-01',
  '2099-01-01T00:00:00',
  '5',
  'true',
  '[]',
  '-0',
  '٣',
];

/**
 * A value that a client should not send.
 *
 * @param known a value that fits, to be damaged rather than replaced where it is an object.
 * @returns `breaks`: true only if no reading of the schema allows it.
 */
export function mutate(
  schema: JsonSchema,
  chance: Chance,
  resolve: Resolve = same,
  known?: unknown,
): { value: unknown; breaks: boolean } {
  const { type, properties, required = [], additionalProperties } = schema;
  if (type === 'object' && properties !== undefined && chance.below(8) > 0) {
    const whole = { ...(isPlain(known) ? known : (valid(schema, chance, resolve) as object)) } as Record<
      string,
      unknown
    >;
    const what = chance.below(3);
    if (what === 0 && required.length > 0) {
      delete whole[chance.pick(required)];
      return { value: whole, breaks: true };
    }
    if (what === 1) {
      whole['surprise'] = chance.pick(nasties);
      return { value: whole, breaks: additionalProperties === false };
    }
    const name = chance.pick(Object.keys(properties));
    const inner = mutate(resolve(properties[name] ?? {}), chance, resolve);
    whole[name] = inner.value;
    return { value: whole, breaks: inner.breaks };
  }
  const value = chance.pick(nasties);
  return { value, breaks: !mayFit(schema, value) };
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Of the nasties none is one: days and hours that there are not need no closer look. */
const dateTime = /^\d{4}-(?:0\d|1[0-2])-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** False only if a value certainly does not fit, as JSON: servers may trim text, and read nothing else from it. */
function mayFit(schema: JsonSchema, value: unknown): boolean {
  if (
    schema.$ref !== undefined ||
    schema.anyOf !== undefined ||
    schema.oneOf !== undefined ||
    schema.const !== undefined
  )
    return true;
  if (schema.enum !== undefined) return schema.enum.includes(value);
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length === 0) return true;
  return types.some((type) => {
    if (type === 'string')
      return (
        typeof value === 'string' &&
        (schema.format !== 'date-time' || dateTime.test(value)) &&
        (schema.maxLength === undefined || value.trim().length <= schema.maxLength)
      );
    if (type === 'integer' || type === 'number')
      return (
        typeof value === 'number' &&
        (type === 'number' || Number.isInteger(value)) &&
        value <= (schema.maximum ?? Infinity) &&
        value >= (schema.minimum ?? -Infinity)
      );
    if (type === 'boolean') return typeof value === 'boolean';
    if (type === 'array') return Array.isArray(value);
    if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
    return type === 'null' && value === null;
  });
}
