import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<() => void>();

/**
 * Does work of which no write is sent unless `check` passes at that very moment: a look beforehand would leave time for the
 * server to be lost, and for the write to reach the one that is started in its place.
 *
 * @param check throws to refuse.
 */
export const sendOnlyWhile = <T>(check: () => void, work: () => Promise<T>): Promise<T> =>
  current.run(check, work);

/** The check under which the caller works, for whoever sends later in its stead. */
export const presentCheck = (): (() => void) | undefined => current.getStore();

/** To be called right before a write leaves. @throws what the check throws. */
export const checkSending = (): void => current.getStore()?.();
