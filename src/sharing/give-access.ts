import { journaled, isDuplicate } from '../database/connect.ts';
import { newId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import type { FileGrantDoc } from './documents.ts';

/** How far someone who asked is let in. */
export type AccessAnswer = 'once' | 'day' | 'always';

const dayMs = 24 * 3600 * 1000;

/** Lets someone see a file whose owner agreed; checks no permission itself. More than that, which they have already, is left as it is. */
export async function giveAccess(
  locker: Locker,
  owner: string,
  grantee: string,
  file: string,
  answer: AccessAnswer,
): Promise<void> {
  const { grants } = locker.collections;
  const now = locker.now();
  const grant: FileGrantDoc = {
    _id: newId(),
    owner,
    grantee,
    role: 'viewer',
    createdAt: now,
    expiresAt: answer === 'always' ? null : new Date(now.getTime() + dayMs),
    kind: 'file',
    file,
    ...(answer === 'once' ? { once: true } : {}),
  };
  await grants.deleteOne({ kind: 'file', file, grantee, owner, expiresAt: { $lte: now } });
  try {
    await grants.insertOne(grant, { writeConcern: journaled(grants) });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const { expiresAt } = grant;
    if (answer === 'once') return;
    const less = [
      { once: true as const },
      expiresAt === null ? { expiresAt: { $ne: null } } : { expiresAt: { $lt: expiresAt } },
    ];
    await grants.updateOne(
      { kind: 'file', file, grantee, owner, $or: less },
      { $set: { expiresAt }, $unset: { once: '' } },
      { writeConcern: journaled(grants) },
    );
  }
}
