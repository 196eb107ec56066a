import { createHash } from 'node:crypto';
import { damaged } from './damage.ts';

const idBytes = 12;
const headerBytes = 8;
const digestBytes = 32;
const idsAnObject = 500_000;

/**
 * Ids of versions, 12 bytes each, sorted: which contents a snapshot needs. Kept in the clear, since whoever sees the target
 * sees the ids anyway, and whoever prunes must not need a key for it. FORMAT.md section 4.
 */
export class VersionList {
  #bytes: Buffer = Buffer.alloc(1024 * idBytes);
  #count = 0;
  #sorted = true;

  get size(): number {
    return this.#count;
  }

  /** Hexadecimal id. */
  add(id: string): void {
    this.#reserve(1);
    this.#bytes.write(id, this.#count * idBytes, 'hex');
    this.#count++;
    this.#sorted = false;
  }

  has(id: string): boolean {
    this.#sort();
    const key = Buffer.from(id, 'hex');
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#compare(low, key) === 0;
  }

  /** The objects that hold the list, each with its digest at the end. */
  encode(): Buffer[] {
    this.#sort();
    const parts = Math.max(1, Math.ceil(this.#count / idsAnObject));
    return Array.from({ length: parts }, (_, part) => {
      const header = Buffer.alloc(headerBytes);
      header.writeUInt32BE(part);
      header.writeUInt32BE(parts, 4);
      const start = part * idsAnObject * idBytes;
      const end = Math.min(this.#count * idBytes, start + idsAnObject * idBytes);
      const body = Buffer.concat([header, this.#bytes.subarray(start, end)]);
      return Buffer.concat([body, createHash('sha256').update(body).digest()]);
    });
  }

  /** Adds what an object of a list holds. @returns how many objects the list has. @throws LockerError `backup_damaged`. */
  addEncoded(key: string, part: number, bytes: Buffer): number {
    const body = bytes.subarray(0, -digestBytes);
    const whole =
      body.length >= headerBytes &&
      createHash('sha256').update(body).digest().equals(bytes.subarray(-digestBytes));
    if (!whole || (body.length - headerBytes) % idBytes !== 0 || body.readUInt32BE(0) !== part)
      throw damaged(key, 'is not as it was written');
    const count = (body.length - headerBytes) / idBytes;
    this.#reserve(count);
    body.copy(this.#bytes, this.#count * idBytes, headerBytes);
    this.#count += count;
    this.#sorted = false;
    return body.readUInt32BE(4);
  }

  #reserve(count: number): void {
    const needed = (this.#count + count) * idBytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#count * idBytes);
    this.#bytes = larger;
  }

  #compare(n: number, key: Buffer): number {
    return this.#bytes.compare(key, 0, idBytes, n * idBytes, (n + 1) * idBytes);
  }

  /** Sorts, and keeps each id once. */
  #sort(): void {
    if (this.#sorted) return;
    const source = this.#bytes;
    const view = new DataView(source.buffer, source.byteOffset, source.length);
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i);
    order.sort((a, b) => {
      for (let at = 0; at < idBytes; at += 4) {
        const difference = view.getUint32(a * idBytes + at) - view.getUint32(b * idBytes + at);
        if (difference !== 0) return difference;
      }
      return 0;
    });
    const sorted = Buffer.alloc(source.length);
    let count = 0;
    for (const n of order) {
      const repeats =
        count > 0 &&
        source.compare(sorted, (count - 1) * idBytes, count * idBytes, n * idBytes, (n + 1) * idBytes) === 0;
      if (repeats) continue;
      source.copy(sorted, count * idBytes, n * idBytes, (n + 1) * idBytes);
      count++;
    }
    this.#bytes = sorted;
    this.#count = count;
    this.#sorted = true;
  }
}
