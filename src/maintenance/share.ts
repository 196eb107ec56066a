import { createHash } from 'node:crypto';

/** A part of everything, by ids: from 0.1 to 0.2 is a tenth. Beyond 1 it goes on at 0. */
export interface Share {
  readonly from: number;
  readonly to: number;
}

/** Whether something is in a share: ids are spread evenly, and shares that touch miss none. All of it without a share. */
export function isIn(id: string, share: Share | undefined): boolean {
  if (share === undefined) return true;
  const place = createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
  return (place >= share.from && place < share.to) || place + 1 < share.to;
}
