/** Stands in for curl: `node node-transfer.js METHOD URL HEADERS [PATH]`, see `transfer.ts` for what it prints. */
import { createReadStream, statSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';

const [method = 'GET', url = '', headers = '{}', path = ''] = process.argv.slice(2);
const upload = path !== '';
const start = performance.now();
const sending = request(url, {
  method,
  agent: false,
  headers: {
    ...(JSON.parse(headers) as Record<string, string>),
    ...(upload ? { 'content-length': statSync(path).size } : {}),
  },
});
const answered = new Promise<IncomingMessage>((resolve, reject) => {
  sending.once('response', resolve).once('error', reject);
});
if (upload) await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), sending);
else sending.end();
const response = await answered;
if ((response.statusCode ?? 0) >= 300) throw new Error(`status ${response.statusCode}`);
let received = 0;
for await (const piece of response as AsyncIterable<Buffer>) {
  received += piece.length;
  if (upload) process.stdout.write(piece);
}
process.stdout.write(`\n${received} ${(performance.now() - start) / 1000}`);
