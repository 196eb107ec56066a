import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { expect } from 'vitest';
import type { Client, TestServer } from '../support/server.ts';

export const tus = { 'tus-resumable': '1.0.0' };
export const partType = { 'content-type': 'application/offset+octet-stream' };
export const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');

export async function create(
  client: Client,
  headers: Record<string, string>,
  body?: Uint8Array,
): Promise<Response> {
  return client.send('POST', '/v1/uploads', {
    headers: { ...tus, ...(body === undefined ? {} : partType), ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** Starts an upload. @returns its path. */
export async function started(client: Client, headers: Record<string, string>): Promise<string> {
  const response = await create(client, headers);
  expect(response.status).toBe(201);
  return response.headers.get('location') ?? '';
}

export const patch = (
  client: Client,
  path: string,
  offset: number,
  body: Uint8Array,
  headers: Record<string, string> = {},
) =>
  client.send('PATCH', path, {
    body,
    headers: { ...tus, ...partType, 'upload-offset': String(offset), ...headers },
  });

export const head = (client: Client, path: string) => client.send('HEAD', path, { headers: tus });
export const offsetOf = async (client: Client, path: string) =>
  (await head(client, path)).headers.get('upload-offset');
export const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

export async function contentOf(client: Client, response: Response): Promise<Buffer> {
  const id = response.headers.get('coffer-file-id') ?? '';
  return Buffer.from(await (await client.send('GET', `/v1/files/${id}/content`)).arrayBuffer());
}

/** Sends a part over a connection that is cut after some bytes. */
export async function cutOff(
  t: TestServer,
  client: Client,
  path: string,
  content: Buffer,
  after: number,
): Promise<void> {
  const request = httpRequest(`${t.url}${path}`, {
    method: 'PATCH',
    headers: {
      ...tus,
      ...partType,
      'upload-offset': '0',
      'content-length': String(content.length),
      authorization: `Bearer ${client.token ?? ''}`,
    },
  });
  request.on('error', () => {});
  await new Promise<void>((resolve) => request.write(content.subarray(0, after), () => resolve()));
  const closed = new Promise<void>((resolve) => request.once('close', () => resolve()));
  request.destroy();
  await closed;
}

/** The offset once nobody is sending any more. */
export const settledOffset = (client: Client, path: string): Promise<number> =>
  expect
    .poll(async () => {
      const probe = await patch(client, path, Number(await offsetOf(client, path)), Buffer.alloc(0));
      return probe.status;
    })
    .toBe(204)
    .then(async () => Number(await offsetOf(client, path)));

/** Upload-Checksum of a text. */
export const sum = (algorithm: string, text: string) => ({
  'upload-checksum': `${algorithm} ${createHash(algorithm).update(text).digest('base64')}`,
});
