export const unknownMediaType = 'application/octet-stream';

const pattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** Reads a media type from a header and forgets its parameters; anything that is none is `application/octet-stream`. */
export function readMediaType(header: string | undefined): string {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  return pattern.test(type) ? type : unknownMediaType;
}
