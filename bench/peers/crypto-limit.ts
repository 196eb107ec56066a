/**
 * The limit: what Fernet's cryptography alone allows on one core: AES-128-CBC, then HMAC-SHA256 over it, by
 * node:crypto, on a segment that lies in memory. No HTTP, no database, no copy. Run as `node crypto-limit.js BYTES`.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const segmentBytes = 1024 * 1024;
/** Small enough for the processor's cache: faster than a segment at once. */
const pieceBytes = 64 * 1024;
const count = Number(process.argv[2]) / segmentBytes;
const plaintext = randomBytes(segmentBytes);
const signing = randomBytes(16);
const encryption = randomBytes(16);
const iv = randomBytes(16);

interface Sealed {
  readonly pieces: readonly Buffer[];
  readonly mac: Buffer;
}

function seal(): Sealed {
  const cipher = createCipheriv('aes-128-cbc', encryption, iv);
  const hmac = createHmac('sha256', signing);
  const pieces: Buffer[] = [];
  for (let start = 0; start < segmentBytes; start += pieceBytes)
    pieces.push(cipher.update(plaintext.subarray(start, start + pieceBytes)));
  pieces.push(cipher.final());
  for (const piece of pieces) hmac.update(piece);
  return { pieces, mac: hmac.digest() };
}

function open({ pieces, mac }: Sealed): void {
  const hmac = createHmac('sha256', signing);
  for (const piece of pieces) hmac.update(piece);
  if (!timingSafeEqual(hmac.digest(), mac)) throw new Error('the MAC does not match');
  const decipher = createDecipheriv('aes-128-cbc', encryption, iv);
  for (const piece of pieces) decipher.update(piece);
  decipher.final();
}

/** Seconds of CPU-bound work, after a warm-up. */
function time(work: () => void): number {
  for (let i = 0; i < 32; i++) work();
  const start = performance.now();
  for (let i = 0; i < count; i++) work();
  return (performance.now() - start) / 1000;
}

const sealed = seal();
process.stdout.write(JSON.stringify({ upload: time(seal), download: time(() => open(sealed)) }));
