/**
 * Sends, fetches or removes many small files at several connections that are kept alive, each with one request at a
 * time. Run as `node small-files-client.js PLAN-FILE`; prints an `Outcome`.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import type { Outcome, Plan } from './small-files.ts';

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Plan;
const agent = new Agent({ keepAlive: true, maxSockets: plan.clients });
const sends = plan.method === 'POST' || plan.method === 'PUT';
const body = sends ? randomBytes(plan.bytes) : undefined;
const answers: string[] = [];

function send(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? plan.headers : { ...plan.headers, 'content-length': body.length };
    const sending = request(url, { method: plan.method, agent, headers }, (response) => {
      read(response).then(resolve, reject);
    });
    sending.once('error', reject);
    sending.end(body);
  });
}

async function read(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let received = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    received += piece.length;
    if (sends) pieces.push(piece);
  }
  if ((response.statusCode ?? 0) >= 300) throw new Error(`status ${response.statusCode}`);
  if (plan.method === 'GET' && received !== plan.bytes) throw new Error(`${received} bytes came`);
  return sends ? (JSON.parse(Buffer.concat(pieces).toString()) as { id: string }).id : '';
}

let next = 0;
async function work(): Promise<void> {
  for (let index = next++; index < plan.urls.length; index = next++) {
    answers[index] = await send(plan.urls[index] ?? '');
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: plan.clients }, work));
const seconds = (performance.now() - start) / 1000;
agent.destroy();
const outcome: Outcome = { seconds, ids: answers };
process.stdout.write(JSON.stringify(outcome));
