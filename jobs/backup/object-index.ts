import { objectPrefix, readObjectKey } from './names.ts';
import type { BackupTarget } from './target.ts';

/** id 12, part 4, digest 32, length 4, time 4. */
const rowBytes = 56;
const keyBytes = 16;
const rowsAPage = 16_384;

/** What is known of an object from the listing of the target. */
export interface IndexedObject {
  readonly bytes: number;
  readonly sha256: string;
  readonly modifiedAt: Date;
}

/** The objects of a target, in 56 bytes each. */
export class ObjectIndex {
  readonly #pages: Buffer[] = [];
  #rows = 0;

  /** Lists the target, which gives the objects in order. */
  static async load(target: BackupTarget): Promise<ObjectIndex> {
    const index = new ObjectIndex();
    for await (const { key, bytes, modifiedAt } of target.list(objectPrefix)) {
      const name = readObjectKey(key);
      if (name !== undefined) index.#append(rowOf(name.id, name.part, { ...name, bytes, modifiedAt }));
    }
    return index;
  }

  get size(): number {
    return this.#rows;
  }

  /** Every listed object of one part; more than one only if some are damaged. */
  find(id: string, part: number): IndexedObject[] {
    const key = keyOf(id, part);
    let low = 0;
    let high = this.#rows;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (key.compare(this.#row(middle), 0, keyBytes) > 0) low = middle + 1;
      else high = middle;
    }
    const found: IndexedObject[] = [];
    for (; low < this.#rows && key.compare(this.#row(low), 0, keyBytes) === 0; low++) {
      const row = this.#row(low);
      found.push({
        sha256: row.toString('hex', keyBytes, keyBytes + 32),
        bytes: row.readUInt32BE(48),
        modifiedAt: new Date(row.readUInt32BE(52) * 1000),
      });
    }
    return found;
  }

  #append(row: Buffer): void {
    const offset = this.#rows % rowsAPage;
    if (offset === 0) this.#pages.push(Buffer.alloc(rowsAPage * rowBytes));
    row.copy(this.#pages.at(-1) ?? row, offset * rowBytes);
    this.#rows++;
  }

  #row(n: number): Buffer {
    const offset = (n % rowsAPage) * rowBytes;
    const page = this.#pages[Math.floor(n / rowsAPage)];
    if (page === undefined) throw new RangeError('no such row');
    return page.subarray(offset, offset + rowBytes);
  }
}

function keyOf(id: string, part: number): Buffer {
  const key = Buffer.alloc(keyBytes);
  key.write(id, 'hex');
  key.writeUInt32BE(part, 12);
  return key;
}

function rowOf(id: string, part: number, { sha256, bytes, modifiedAt }: IndexedObject): Buffer {
  const row = Buffer.alloc(rowBytes);
  keyOf(id, part).copy(row);
  row.write(sha256, keyBytes, 'hex');
  row.writeUInt32BE(Math.min(bytes, 0xffffffff), 48);
  row.writeUInt32BE(Math.floor(modifiedAt.getTime() / 1000), 52);
  return row;
}
