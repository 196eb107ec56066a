import type { CommandOperationOptions } from 'mongodb';

/** Decides at the very moment at which a write is sent. Throws to refuse. */
export type SendCheck = () => void;

const sendCheck = Symbol('check at sending');

/** Options of a write that carry a check through the driver, which keeps what it does not know. */
export interface CheckedSending extends CommandOperationOptions {
  readonly [sendCheck]?: SendCheck | undefined;
}

/**
 * Options of a write that is sent only if `check` passes right then: a look beforehand would leave time for the server to be
 * lost, and for the write to reach the one that is started in its place.
 */
export const sendOnlyIf = (check: SendCheck | undefined): CheckedSending => ({ [sendCheck]: check });

/** To be called right before a command leaves. @throws what the check throws. */
export const checkSending = (options: CheckedSending | undefined): void => options?.[sendCheck]?.();
