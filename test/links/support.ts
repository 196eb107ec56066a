import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import type { Actor } from '../../src/accounts/actor.ts';
import type { Guest } from '../../src/accounts/guest.ts';
import { uploadFile } from '../../src/files/upload.ts';
import { createDownloadLink, type DownloadLinkInput } from '../../src/links/create-download-link.ts';
import type { Delivery } from '../../src/links/deliver.ts';
import type { Locker } from '../../src/locker.ts';

export const stranger: Guest = { door: 'link', client: 'test', address: '192.0.2.7' };

/** Saves a file of random bytes. */
export async function save(locker: Locker, actor: Actor, bytes: Buffer = randomBytes(1000), name = 'a.bin') {
  const content = { bytes: Readable.from([bytes], { objectMode: false }) };
  return uploadFile(locker, actor, { name, mediaType: 'application/octet-stream', content });
}

/** Saves a file and makes a link to it. */
export async function linkTo(
  locker: Locker,
  actor: Actor,
  input: DownloadLinkInput = {},
  bytes: Buffer = randomBytes(1000),
) {
  const file = await save(locker, actor, bytes);
  const { link, token } = await createDownloadLink(locker, actor, file.id, input);
  return { file, link, token, bytes };
}

/** Reads a delivery to its end, as a client that takes everything. */
export async function take(delivery: Delivery): Promise<Buffer> {
  const bytes = await read(delivery);
  await delivery.end(true);
  return bytes;
}

/** Reads a delivery, or the first bytes of it, and says nothing of how it ended. */
export async function read(delivery: Delivery, atLeast = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of delivery.bytes) {
    pieces.push(piece);
    length += piece.length;
    if (length >= atLeast) break;
  }
  return Buffer.concat(pieces);
}

/** Waits until a condition holds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Begins a POST and cuts the connection once this many bytes of the body came. */
export const cutOff = (
  url: string,
  afterBytes: number,
  headers: Record<string, string> = {},
): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers, agent: false }, (response) => {
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes >= afterBytes) request.destroy();
      });
      response.on('error', () => {});
      response.on('close', () => resolve(bytes));
    });
    request.on('error', (error) => {
      if (!request.destroyed) reject(error);
    });
    request.end();
  });

/** The codes of what was refused. */
export const codesOf = (outcomes: readonly PromiseSettledResult<unknown>[]): Set<unknown> =>
  new Set(
    outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as { code?: unknown }).code] : [],
    ),
  );
