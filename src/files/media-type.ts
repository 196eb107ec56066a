import { Mimos } from '@hapi/mimos';

const unknownMediaType = 'application/octet-stream';

const pattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** What programs send that do not know what they send: `curl --data-binary` calls everything a form. */
const meaningless = new Set([
  unknownMediaType,
  'binary/octet-stream',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
]);

/** Extensions whose registered type is seldom what such a file is: TypeScript is no video, and Rust no resource list. */
const ambiguous = /\.(ts|rs|key)$/i;

const registry = new Mimos();

/** Reads a media type from a header and forgets its parameters; undefined if it is none, or says nothing. */
export function readMediaType(header: string | undefined): string | undefined {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  return pattern.test(type) && !meaningless.has(type) ? type : undefined;
}

/** The type that a file of this name usually has (IANA and others); `application/octet-stream` if nobody knows. */
export function guessMediaType(name: string): string {
  if (ambiguous.test(name)) return unknownMediaType;
  const entry = registry.path(name);
  return 'type' in entry ? entry.type : unknownMediaType;
}
