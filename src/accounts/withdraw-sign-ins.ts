import { journaled } from '../database/connect.ts';
import type { Locker } from '../locker.ts';

/**
 * Withdraws what could still be made a sign-in of an account by whoever was signed in: codes for another client, and devices that
 * were approved. Not a code of the operator, which is for a person who lost every token.
 */
export async function withdrawSignIns(locker: Locker, account: string): Promise<void> {
  const { codes, deviceGrants } = locker.collections;
  await codes.deleteMany({ account, purpose: 'connect' }, { writeConcern: journaled(codes) });
  await deviceGrants.deleteMany({ account, status: 'approved' }, { writeConcern: journaled(deviceGrants) });
}
