import type { ByteRange } from '../../src/storage/content-store.ts';

/**
 * Reads a Range header (RFC 9110 section 14). Several ranges, other units and what is not understood are ignored,
 * as the standard allows: the answer is then the whole content.
 *
 * @returns the range with its end not included; `whole`; or `unsatisfiable`, to be answered with 416.
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '');
  if (match === null) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return 'whole';
  if (first === '') return suffix(Number(last), sizeBytes);
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (last !== '' && Number(last) < start) return 'whole';
  return start < sizeBytes ? { start, end } : 'unsatisfiable';
}

/** The last bytes. Of an empty content there are none to name in Content-Range, so it is answered whole. */
function suffix(length: number, sizeBytes: number): ByteRange | 'whole' | 'unsatisfiable' {
  if (length === 0) return 'unsatisfiable';
  return sizeBytes === 0 ? 'whole' : { start: Math.max(0, sizeBytes - length), end: sizeBytes };
}
