/**
 * The Fernet engine for bulk content on the server: the format of `fernet.ts` on node:crypto, in the memory that its
 * caller gives it. FORMAT.md section 1.
 */
import { createCipheriv, createDecipheriv, createHmac, randomFillSync, timingSafeEqual } from 'node:crypto';
import {
  checkShape,
  type FernetKey,
  headerBytes,
  macBytes,
  nowSeconds,
  OpenError,
  type SealOptions,
  splitKey,
  tokenLength,
  writeHeader,
} from './fernet.ts';

/** How much is handed to the cipher at once, bytes: its output then stays small enough to be reused by the allocator. */
const pieceBytes = 16 * 1024;

/**
 * Seals plaintext, given in one or more pieces, to one raw token.
 *
 * @param key 32 bytes, not kept.
 * @param pieces the plaintext in order; free again on return.
 * @param options.into a buffer that is large enough to write the token into; the token is then a part of it. The plaintext
 * may lie in it, from `headerBytes` on, and is then overwritten.
 */
export function sealBulk(
  key: FernetKey,
  pieces: readonly Uint8Array[],
  options: SealOptions & { readonly into?: Buffer } = {},
): Buffer {
  const { signing, encryption } = splitKey(key);
  const plaintextBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const length = tokenLength(plaintextBytes);
  const target = options.into ?? Buffer.allocUnsafeSlow(length);
  if (target.length < length) throw new RangeError(`the token needs ${length} bytes`);
  const token = target.subarray(0, length);
  const iv = options.iv ?? randomFillSync(new Uint8Array(16));
  writeHeader(token, options.seconds ?? nowSeconds(), iv);
  const cipher = createCipheriv('aes-128-cbc', encryption, iv);
  const mac = createHmac('sha256', signing).update(token.subarray(0, headerBytes));
  let end = headerBytes;
  const append = (ciphertext: Buffer) => {
    mac.update(ciphertext);
    end += ciphertext.copy(token, end);
  };
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += pieceBytes)
      append(cipher.update(piece.subarray(start, start + pieceBytes)));
  }
  append(cipher.final());
  mac.digest().copy(token, end);
  return token;
}

/**
 * Opens a raw token, a piece at a time. The MAC over the whole token is verified in constant time before the first piece
 * is decrypted; the pieces are small so that their memory is soon free again and the event loop gets its turns.
 *
 * @returns plaintext pieces, to be taken before the token is changed or freed.
 * @throws OpenError, before the first piece unless whoever sealed it, under this key, padded it wrongly.
 */
export function* openBulk(key: FernetKey, token: Uint8Array): Generator<Buffer, void, undefined> {
  const { signing, encryption } = splitKey(key);
  checkShape(token);
  const end = token.length - macBytes;
  const mac = createHmac('sha256', signing).update(token.subarray(0, end)).digest();
  if (!timingSafeEqual(mac, token.subarray(end))) throw new OpenError('mac');
  const decipher = createDecipheriv('aes-128-cbc', encryption, token.subarray(9, headerBytes));
  for (let start = headerBytes; start < end; start += pieceBytes) {
    yield decipher.update(token.subarray(start, Math.min(end, start + pieceBytes)));
  }
  yield finish(decipher);
}

function finish(decipher: ReturnType<typeof createDecipheriv>): Buffer {
  try {
    return decipher.final();
  } catch {
    throw new OpenError('padding');
  }
}
