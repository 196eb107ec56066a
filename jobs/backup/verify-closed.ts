import { isLockerError } from '../../src/errors.ts';
import { isIn } from '../../src/maintenance/share.ts';
import { decodePart } from './content-object.ts';
import { objectPrefix, readObjectKey } from './names.ts';
import { readVersionList } from './read-version-list.ts';
import { getRecord } from './records.ts';
import { setAside } from './set-aside.ts';
import type { PublicHead } from './snapshot-head.ts';
import type { BackupTarget } from './target.ts';
import type { Findings, VerifyOptions } from './verify-snapshot.ts';

/** Checks a snapshot that does not open here: each record and object against its digest, and that none is missing. */
export async function verifyClosed(
  target: BackupTarget,
  head: PublicHead,
  { share, setAside: aside, signal, onProgress }: VerifyOptions,
  findings: Findings,
): Promise<void> {
  for (const record of head.records) {
    const [part = '', index] = record[0].split('-');
    await noting(findings, () => getRecord(target, head.id, part, Number(index), record));
  }
  const list = await readVersionList(target, head.id);
  if (list === undefined) return findings.add(`the list of versions of snapshot ${head.id} is damaged`);
  let current: { readonly id: string; part: number; parts: number | undefined } | undefined;
  const lacking = (id: string) => findings.add(`content ${id} lacks objects.`);
  const endOf = () => {
    if (current?.parts !== undefined && current.part + 1 !== current.parts) lacking(current.id);
  };
  // The listing is in order, so the objects of a version follow each other.
  for await (const { key } of target.list(objectPrefix)) {
    signal?.throwIfAborted();
    const name = readObjectKey(key);
    if (name === undefined || !list.has(name.id)) continue;
    if (current?.id !== name.id) {
      endOf();
      current = { id: name.id, part: -1, parts: undefined };
      findings.versions++;
      onProgress?.({ versions: findings.versions, totalVersions: list.size });
    }
    // The same part may be there more than once.
    const isNext = name.part === current.part + 1;
    if (!isNext && name.part !== current.part) lacking(name.id);
    current.part = name.part;
    if (!isIn(name.id, share)) continue;
    const bytes = await target.get(key);
    if (bytes === undefined) continue;
    const whole = await noting(findings, () => Promise.resolve(decodePart(key, bytes)));
    if (whole === undefined) {
      if (aside === true) await setAside(target, key);
      continue;
    }
    if (current.parts === undefined) findings.readVersions++;
    findings.readBytes += bytes.length;
    current.parts = bytes.readUInt32BE(24);
  }
  endOf();
  if (findings.versions < list.size)
    findings.add(`${list.size - findings.versions} of ${list.size} contents are missing.`);
}

/** Notes damage. @returns undefined then. */
async function noting<T>(findings: Findings, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isLockerError(error, 'backup_damaged')) throw error;
    findings.add(error.details.hint ?? 'damaged');
    return undefined;
  }
}
