import { constants } from 'node:fs';
import { chmod, chown, copyFile, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatKey, keyId, parseKeys, randomKey } from '../crypto/keyring.ts';
import { isCode } from '../database/processes.ts';
import { StartError } from '../errors.ts';

/**
 * Puts a new random key in front of a keyring file: the new primary. All that was in the file stays, comments too.
 *
 * @returns the id of the new key, never the key.
 * @throws StartError if the file cannot be read or written; it is unchanged then.
 */
export async function prependKey(path: string, now: Date): Promise<string> {
  const key = randomKey();
  await editFile(path, (text) => {
    const lines = text.split('\n');
    const first = lines.findIndex((line) => line.replace(/#.*/, '').trim() !== '');
    return lines
      .toSpliced(Math.max(0, first), 0, `${formatKey(key)} # added ${now.toISOString()}`)
      .join('\n');
  });
  return keyId(key);
}

/**
 * Takes one key out of a keyring file; the line goes if nothing else is on it.
 *
 * @returns puts the file back as it was, or forgets how it was. Until then a copy lies beside it.
 * @throws StartError as `prependKey`.
 */
export async function removeKey(
  path: string,
  id: string,
): Promise<{ undo(): Promise<void>; done(): Promise<void> }> {
  const target = await realpath(path);
  const copy = `${target}.before-retire-${id}`;
  await rm(copy, { force: true });
  await copyFile(target, copy, constants.COPYFILE_EXCL);
  await syncFile(copy);
  await editFile(target, (text) =>
    text
      .split('\n')
      .flatMap((line) => lineWithout(line, id))
      .join('\n'),
  );
  return {
    undo: async () => {
      await rename(copy, target);
      await syncFile(dirname(target));
    },
    done: () => rm(copy, { force: true }),
  };
}

function lineWithout(line: string, id: string): string[] {
  const [keys = ''] = line.split('#');
  const words = keys.split(/[\s,]+/).filter((word) => word !== '');
  const left = words.filter((word) => !parseKeys(word).some((key) => keyId(key) === id));
  if (left.length === words.length) return [line];
  return left.length === 0 ? [] : [left.join(',') + line.slice(keys.length).replace(/^#/, ' #')];
}

/** Writes a changed file beside the old one and puts it in its place, so that there is always one whole file. */
async function editFile(path: string, change: (text: string) => string): Promise<void> {
  try {
    // A link stays a link: what it points to is changed.
    const target = await realpath(path);
    const draft = `${target}.new`;
    // Exclusive, so that of two commands at once one is refused instead of losing its key.
    const file = await open(draft, 'wx', 0o600);
    try {
      const { uid, gid, mode } = await stat(target);
      await file.writeFile(change(await readFile(target, 'utf8')));
      if (process.getuid?.() !== uid) await chown(draft, uid, gid);
      await chmod(draft, mode & 0o777);
      await file.sync();
      await file.close();
      await rename(draft, target);
      await syncFile(dirname(target));
    } catch (error) {
      await file.close();
      await rm(draft, { force: true });
      throw error;
    }
  } catch (error) {
    if (isCode(error, 'EEXIST'))
      throw new StartError(
        [
          `Another command is changing the keyring, or was cut off in the middle. If none runs, remove ${path}.new and try again.`,
        ],
        { cause: error },
      );
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'damaged';
    throw new StartError(
      [
        `The keyring file ${path} cannot be changed (${code}). Check that it and its folder are writable for this user. Nothing was changed.`,
      ],
      { cause: error },
    );
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
