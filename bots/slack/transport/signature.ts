import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the clock of a request may be from ours, both ways, seconds. */
export const maxSkewSeconds = 300;

export type SignatureProblem = 'missing' | 'stale' | 'wrong';

/**
 * Checks the signature of what claims to come from Slack, version 0 (docs.slack.dev, Verifying requests).
 *
 * @param now milliseconds since 1970.
 * @returns what is wrong; undefined for a good one.
 */
export function checkSignature(
  signingSecret: string,
  rawBody: Buffer,
  { signature, timestamp }: { signature: string | undefined; timestamp: string | undefined },
  now: number,
): SignatureProblem | undefined {
  if (signature === undefined || timestamp === undefined) return 'missing';
  if (!/^\d{1,12}$/.test(timestamp)) return 'wrong';
  if (Math.abs(now / 1000 - Number(timestamp)) > maxSkewSeconds) return 'stale';
  const expected = createHmac('sha256', signingSecret).update(`v0:${timestamp}:`).update(rawBody).digest();
  const given = /^v0=([0-9a-f]{64})$/.exec(signature)?.[1];
  if (given === undefined) return 'wrong';
  return timingSafeEqual(Buffer.from(given, 'hex'), expected) ? undefined : 'wrong';
}
