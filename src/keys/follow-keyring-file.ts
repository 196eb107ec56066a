import { readFileSync, statSync } from 'node:fs';
import type { FernetKey } from '../crypto/fernet.ts';
import { keyId, type KeySource, parseKeys } from '../crypto/keyring.ts';
import type { Log } from '../log.ts';

/**
 * Follows a keyring file that other processes change, so that a running server wraps with a new primary at once and opens what
 * they wrapped. Asking costs one `stat`; the file is read once a change. What cannot be a later state of the same keyring (not
 * readable, empty, no key in common) is logged and not taken over.
 *
 * @param path absolute; begin to follow before the file is first read, or a change in between is missed.
 */
export function followKeyringFile(path: string, log: Log): KeySource {
  let seen = stampOf(path);
  return {
    changed: (present) => {
      const stamp = stampOf(path);
      if (stamp === seen) return undefined;
      seen = stamp;
      const keys = readKeys(path);
      const keyIds = new Set(keys.map(keyId));
      if (keyIds.size !== keys.length || !present.some((id) => keyIds.has(id))) {
        log.error({ path }, 'the keyring file changed to something unusable; the keys before stay in use');
        return undefined;
      }
      log.info({ path, keyIds: [...keyIds] }, 'the keyring file changed and was read again');
      return keys;
    },
  };
}

/** Names a state of the file. The change time is part of it because, other than the modification time, it cannot be set back. */
function stampOf(path: string): string | undefined {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    // Gone or out of reach: a state like any other, and an unusable one.
    return undefined;
  }
}

function readKeys(path: string): FernetKey[] {
  try {
    return parseKeys(readFileSync(path, 'utf8'));
  } catch {
    // Whatever the reason, these are not keys to work with; the caller says so.
    return [];
  }
}
