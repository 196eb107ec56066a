/** What a condition is held against. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

type Headers = Readonly<Record<string, unknown>>;

/**
 * Evaluates the conditions of a GET or HEAD in the order of RFC 9110 section 13.2.2.
 *
 * @returns the status to answer instead of the content, if any.
 */
export function evaluateConditions(headers: Headers, validators: Validators): 304 | 412 | undefined {
  const ifMatch = text(headers['if-match']);
  const unmodifiedSince = httpDate(headers['if-unmodified-since']);
  if (ifMatch !== undefined) {
    if (!listHas(ifMatch, validators.etag, 'strong')) return 412;
  } else if (unmodifiedSince !== undefined && seconds(validators.lastModified) > seconds(unmodifiedSince))
    return 412;

  const ifNoneMatch = text(headers['if-none-match']);
  const modifiedSince = httpDate(headers['if-modified-since']);
  if (ifNoneMatch !== undefined) {
    if (listHas(ifNoneMatch, validators.etag, 'weak')) return 304;
  } else if (modifiedSince !== undefined && seconds(validators.lastModified) <= seconds(modifiedSince))
    return 304;
  return undefined;
}

/** True if a PUT may replace this content: none of its conditions speaks against it. */
export const writeIsExpected = (headers: Headers, validators: Validators): boolean =>
  evaluateConditions({ ...headers, 'if-modified-since': undefined }, validators) === undefined;

/** True if a Range may be honoured: no If-Range, or one that names exactly this content (section 13.1.5). */
export function rangeStillApplies(headers: Headers, validators: Validators): boolean {
  const ifRange = text(headers['if-range']);
  if (ifRange === undefined) return true;
  if (/^(W\/)?"/.test(ifRange)) return ifRange === validators.etag;
  // A date is strong only if nothing else can have been written in the same second; version ids make that sure only by ETag.
  const date = httpDate(ifRange);
  return date !== undefined && seconds(date) === seconds(validators.lastModified);
}

/** True if an entity-tag list (or `*`) holds the tag. */
export function listHas(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  const tags = list.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => (comparison === 'weak' ? tag.replace(/^W\//, '') : tag) === etag);
}

const text = (value: unknown): string | undefined =>
  Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : undefined;

const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

function httpDate(value: unknown): Date | undefined {
  const time = Date.parse(text(value) ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}
