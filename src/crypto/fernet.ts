/**
 * Fernet tokens (github.com/fernet/spec) as raw bytes: version 0x80, time (u64be seconds), IV, AES-128-CBC
 * ciphertext with PKCS#7 padding, HMAC-SHA256 over all before it. This engine is pure JavaScript, meant for small
 * tokens and for whatever must also run in a browser; `bulk.ts` is the same format on the platform's native code.
 * FORMAT.md section 1.
 */
import { cbc } from '@noble/ciphers/aes.js';
import { concatBytes, equalBytes, randomBytes } from '@noble/ciphers/utils.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** 32 bytes: 16 for signing, then 16 for encryption. */
export type FernetKey = Uint8Array;

export const fernetKeyBytes = 32;
export const tokenVersion = 0x80;
export const headerBytes = 25;
export const macBytes = 32;
/** Version, time, IV and MAC: what a token adds to its ciphertext. */
export const overheadBytes = headerBytes + macBytes;
const blockBytes = 16;
const maxClockSkewSeconds = 60;

/** Length of the raw token that seals this many plaintext bytes: 57 and the padded ciphertext. */
export const tokenLength = (plaintextBytes: number): number =>
  overheadBytes + blockBytes * (Math.floor(plaintextBytes / blockBytes) + 1);

/** True if a raw token can have this length: 57 + 16k with at least one block. */
export const isTokenLength = (bytes: number): boolean =>
  bytes >= overheadBytes + blockBytes && (bytes - overheadBytes) % blockBytes === 0;

/** A token that does not open: forged, damaged, moved, cut, expired, or sealed under another key. Nothing of it was released. */
export class OpenError extends Error {
  readonly reason: 'malformed' | 'expired' | 'mac' | 'padding' | 'key' | 'length';

  constructor(reason: OpenError['reason']) {
    super(`token does not open: ${reason}`);
    this.name = 'OpenError';
    this.reason = reason;
  }
}

export interface SealOptions {
  /** Time of the token, seconds since 1970; now if absent. */
  readonly seconds?: number;
  /** 16 bytes; random if absent. Only test vectors give one. */
  readonly iv?: Uint8Array;
}

export interface OpenOptions {
  /** Refuse tokens older than this many seconds, or more than a minute from the future. */
  readonly ttlSeconds?: number;
  readonly nowSeconds?: number;
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Writes version, time and IV: the first 25 bytes of a token. */
export function writeHeader(target: Uint8Array, seconds: number, iv: Uint8Array): void {
  if (iv.length !== blockBytes) throw new RangeError('an IV has 16 bytes');
  const view = new DataView(target.buffer, target.byteOffset, headerBytes);
  view.setUint8(0, tokenVersion);
  view.setBigUint64(1, BigInt(seconds));
  target.set(iv, 9);
}

/**
 * Seals a small plaintext to a raw token.
 *
 * @param key 32 bytes, not kept.
 * @param plaintext any length; for more than some KiB use `bulk.ts`.
 */
export function sealToken(key: FernetKey, plaintext: Uint8Array, options: SealOptions = {}): Uint8Array {
  const { signing, encryption } = splitKey(key);
  const iv = options.iv ?? randomBytes(blockBytes);
  const header = new Uint8Array(headerBytes);
  writeHeader(header, options.seconds ?? nowSeconds(), iv);
  const signed = concatBytes(header, cbc(encryption, iv).encrypt(plaintext));
  return concatBytes(signed, hmac(sha256, signing, signed));
}

/**
 * Opens a raw token. The MAC is verified in constant time before anything is decrypted.
 *
 * @throws OpenError and releases nothing, whatever is wrong.
 */
export function openToken(key: FernetKey, token: Uint8Array, options: OpenOptions = {}): Uint8Array {
  const { signing, encryption } = splitKey(key);
  checkShape(token, options);
  const signed = token.subarray(0, token.length - macBytes);
  if (!equalBytes(hmac(sha256, signing, signed), token.subarray(-macBytes))) throw new OpenError('mac');
  try {
    return cbc(encryption, token.slice(9, headerBytes)).decrypt(signed.subarray(headerBytes));
  } catch {
    throw new OpenError('padding');
  }
}

/** Checks version, length and, if a time to live is asked for, the token's time. */
export function checkShape(
  token: Uint8Array,
  { ttlSeconds, nowSeconds: now = nowSeconds() }: OpenOptions = {},
): void {
  if (!isTokenLength(token.length) || token[0] !== tokenVersion) throw new OpenError('malformed');
  if (ttlSeconds === undefined) return;
  const sealed = tokenSeconds(token);
  if (sealed + BigInt(ttlSeconds) < BigInt(now) || sealed > BigInt(now + maxClockSkewSeconds))
    throw new OpenError('expired');
}

const tokenSeconds = (token: Uint8Array): bigint =>
  new DataView(token.buffer, token.byteOffset, headerBytes).getBigUint64(1);

/** Splits a Fernet key in its halves. @throws RangeError unless it has 32 bytes. */
export function splitKey(key: FernetKey): { signing: Uint8Array; encryption: Uint8Array } {
  if (key.length !== fernetKeyBytes) throw new RangeError(`a Fernet key has ${fernetKeyBytes} bytes`);
  return { signing: key.subarray(0, 16), encryption: key.subarray(16) };
}
