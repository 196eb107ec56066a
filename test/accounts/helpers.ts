import type { Guest } from '../../src/accounts/guest.ts';
import type { Actor } from '../../src/accounts/actor.ts';
import { LockerError } from '../../src/errors.ts';
import { uploadFile } from '../../src/files/upload.ts';
import type { FileView } from '../../src/files/view.ts';
import type { Locker } from '../../src/locker.ts';
import type { Notice } from '../../src/notify/notifier.ts';

export const guest: Guest = { door: 'api', client: 'a toaster', address: '203.0.113.7' };
export const stranger = (door: Guest['door'], address: string): Guest => ({
  door,
  client: 'chat',
  address,
});

/** Saves a file of so many bytes. */
export const save = (locker: Locker, actor: Actor, name = 'note.txt', sizeBytes = 5): Promise<FileView> =>
  uploadFile(locker, actor, {
    name,
    mediaType: 'text/plain',
    content: {
      sizeBytes,
      bytes: (async function* () {
        yield Buffer.alloc(sizeBytes, 'x');
      })(),
    },
  });

/** The code of the error with which something fails; undefined if it does not. */
export async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof LockerError) return error.code;
    throw error;
  }
}

/** Collects what a person would be told. */
export function listen(locker: Locker): { account: string; notice: Notice }[] {
  const heard: { account: string; notice: Notice }[] = [];
  locker.notifiers.add({
    deliver: async (account, notice) => {
      heard.push({ account, notice });
      return true;
    },
  });
  return heard;
}
