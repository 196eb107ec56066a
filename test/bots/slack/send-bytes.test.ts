import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendBytes, UploadRefused } from '../../../bots/slack/files/send-bytes.ts';

const MiB = 1024 * 1024;
let received = 0;
let lengths: (string | undefined)[] = [];
let answer: (response: ServerResponse) => void = (response) => void response.end('OK');
const server = createServer((request: IncomingMessage, response) => {
  received = 0;
  lengths = [request.headers['content-length'], request.headers['transfer-encoding']];
  request.on('data', (piece: Buffer) => (received += piece.length)).on('end', () => answer(response));
});
let url: URL;
const never = new AbortController().signal;

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/upload/v1/a`);
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function* pieces(count: number, bytes: number, watch: () => void = () => {}) {
  for (let index = 0; index < count; index++) {
    watch();
    yield Buffer.alloc(bytes, index);
    await new Promise(setImmediate);
  }
}

it('sends a file with its exact length, and keeps no more of it than is under way', async () => {
  let most = 0;
  const before = process.memoryUsage().arrayBuffers;
  const watch = () => (most = Math.max(most, process.memoryUsage().arrayBuffers - before));
  await sendBytes(url, 400 * MiB, async () => pieces(1600, MiB / 4, watch), never);
  expect(received).toBe(400 * MiB);
  expect(lengths).toEqual([String(400 * MiB), undefined]);
  expect(most).toBeLessThan(200 * MiB);
});

it('says with which status the bytes were refused', async () => {
  answer = (response) => void response.writeHead(413).end();
  const refused = sendBytes(url, MiB, async () => pieces(1, MiB), never);
  await expect(refused).rejects.toThrow(UploadRefused);
  await expect(refused).rejects.toMatchObject({ status: 413 });
});

it('sends the bytes nowhere else, wherever it is redirected to', async () => {
  let requests = 0;
  answer = (response) => {
    requests++;
    response.writeHead(307, { location: url.href }).end();
  };
  await expect(sendBytes(url, MiB, async () => pieces(1, MiB), never)).rejects.toThrow(TypeError);
  expect(requests).toBe(1);
});

it('fails with what the content failed with, and the other side gets no whole file', async () => {
  received = 0;
  const damage = new Error('damaged');
  async function* breaking() {
    yield Buffer.alloc(10);
    throw damage;
  }
  await expect(sendBytes(url, MiB, async () => breaking(), never)).rejects.toBe(damage);
  expect(received).toBeLessThan(MiB);
});
