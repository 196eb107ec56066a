import type { Collections } from './collections.ts';

const patienceMs = 2_000;

/** True if the database answers a small read within two seconds. */
export async function isReachable({ installation }: Pick<Collections, 'installation'>): Promise<boolean> {
  try {
    await installation.findOne(
      { _id: 'installation' },
      { projection: { _id: 1 }, maxTimeMS: patienceMs, signal: AbortSignal.timeout(patienceMs) },
    );
    return true;
  } catch {
    // Whatever the reason: it cannot serve now.
    return false;
  }
}
