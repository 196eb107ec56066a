/** Keys of what a backup holds. FORMAT.md section 1. */
export const readmeKey = 'README.txt';
export const objectPrefix = 'objects/';
export const snapshotPrefix = 'snapshots/';
export const recordPrefix = 'records/';
/** Where a verification sets damaged objects aside. */
export const damagedPrefix = 'damaged/';

/** One part of a content. */
export interface ObjectName {
  /** Hexadecimal version id. */
  readonly id: string;
  /** Which of its parts, from 0. */
  readonly part: number;
  /** SHA-256 of everything before the last 32 bytes, which repeat it; hexadecimal. */
  readonly sha256: string;
}

export const objectKey = ({ id, part, sha256 }: ObjectName): string =>
  `${objectPrefix}${id.slice(0, 4)}/${id}-${number(part)}-${sha256}`;

export function readObjectKey(key: string): ObjectName | undefined {
  const match = /^objects\/([0-9a-f]{4})\/(\1[0-9a-f]{20})-(\d{6})-([0-9a-f]{64})$/.exec(key);
  if (match === null) return undefined;
  const [, , id = '', part, sha256 = ''] = match;
  return { id, part: Number(part), sha256 };
}

/** Id of a snapshot: its time, to the millisecond, and 12 random bytes. Ids sort by time. */
export const snapshotId = (time: Date, random: Uint8Array): string =>
  `${time.toISOString().replaceAll(/[-:.]/g, '')}-${Buffer.from(random).toString('hex')}`;

/** @returns undefined for what is no id of a snapshot. */
export function readSnapshotId(id: string): { time: Date; random: Buffer } | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-([0-9a-f]{24})$/.exec(id);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, millisecond, random = ''] = match;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`);
  return Number.isNaN(time.getTime()) ? undefined : { time, random: Buffer.from(random, 'hex') };
}

/** The last time that an id can hold. */
const lastTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The time for the id of a new snapshot: now, or just after all those that are there, so that ids sort as they were made, whatever the clock said. */
export function timeOfNext(now: Date, ids: readonly string[]): Date {
  const times = ids.map((id) => readSnapshotId(id)?.time.getTime() ?? 0);
  // Nothing comes after the last time, so one of a stranger must not stand in the way.
  return new Date(
    Math.max(now.getTime(), ...times.filter((time) => time < lastTime).map((time) => time + 1)),
  );
}

export const headKey = (snapshot: string): string => `${snapshotPrefix}${snapshot}.head`;

export const readHeadKey = (key: string): string | undefined => {
  const id = /^snapshots\/([0-9TZ]+-[0-9a-f]+)\.head$/.exec(key)?.[1];
  return id !== undefined && readSnapshotId(id) !== undefined ? id : undefined;
};

export const recordKey = (snapshot: string, part: string, index: number): string =>
  `${recordPrefix}${snapshot}/${part}-${number(index)}`;

/** The snapshot that a record belongs to. */
export const readRecordKey = (key: string): { snapshot: string; part: string } | undefined => {
  const [, snapshot = '', part = ''] = /^records\/([^/]+)\/([a-z]+)-\d{6}$/.exec(key) ?? [];
  return part === '' ? undefined : { snapshot, part };
};

/** Whether a key is one that a backup has, by its form. */
export const isBackupKey = (key: string): boolean =>
  key === readmeKey ||
  key.startsWith(damagedPrefix) ||
  readObjectKey(key) !== undefined ||
  readHeadKey(key) !== undefined ||
  readSnapshotId(readRecordKey(key)?.snapshot ?? '') !== undefined;

const number = (n: number) => String(n).padStart(6, '0');
