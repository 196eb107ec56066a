import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Peer } from '../peers/peer.ts';
import { run } from '../processes.ts';
import type { Programs } from '../programs.ts';

/** Sends and fetches whole files in a process of its own, so that it costs little and the same for all. */
export interface TransferClient {
  readonly name: string;
  /** @returns the id of the file, and the seconds from the connection to the end of the answer. */
  upload(peer: Peer, path: string): Promise<{ id: string; seconds: number }>;
  /** Fetches a file and throws its bytes away. */
  download(peer: Peer, id: string, bytes: number): Promise<{ seconds: number }>;
}

/** What a client prints: the body of the answer, then a line with bytes received and seconds. */
type Send = (method: 'GET' | 'POST', url: string, peer: Peer, path: string | undefined) => Promise<string>;

/** curl where there is one, and otherwise a small program on node:http. */
export async function findTransferClient(programs: Programs): Promise<TransferClient> {
  const version = await curlVersion();
  if (version !== undefined) return makeClient(`curl ${version}`, sendByCurl);
  return makeClient('node:http', (method, url, peer, path) =>
    run(process.execPath, [programs.transfer, method, url, JSON.stringify(peer.headers), path ?? '']),
  );
}

async function curlVersion(): Promise<string | undefined> {
  try {
    return /^curl (\S+)/.exec(await run('curl', ['--version']))?.[1];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const sendByCurl: Send = (method, url, peer, path) => {
  const headers = Object.entries({ ...peer.headers, expect: '' }).map(([key, value]) => `${key}: ${value}`);
  const body = path === undefined ? ['--output', '/dev/null'] : ['--upload-file', path];
  return run('curl', [
    // First, or it is not obeyed: whatever the user set for curl stays out.
    '--disable',
    '--silent',
    '--show-error',
    '--fail',
    '--write-out',
    '\n%{size_download} %{time_total}',
    ...headers.flatMap((header) => ['--header', header]),
    ...body,
    '--request',
    method,
    url,
  ]);
};

const makeClient = (name: string, send: Send): TransferClient => ({
  name,
  async upload(peer, path) {
    const said = await send('POST', peer.uploadUrl('bench.bin'), peer, path);
    const end = said.lastIndexOf('\n');
    const { id } = JSON.parse(said.slice(0, end)) as { id: string };
    return { id, seconds: Number(said.slice(end).split(' ')[1]) };
  },
  async download(peer, id, bytes) {
    const said = await send('GET', peer.contentUrl(id), peer, undefined);
    const [received, seconds] = said.trim().split(' ').map(Number);
    if (received !== bytes) throw new Error(`${peer.name} sent ${received} bytes instead of ${bytes}`);
    return { seconds: seconds ?? Number.NaN };
  },
});

/** Makes sure that a file comes back as it was sent. @throws Error if it does not. */
export async function requireSame(peer: Peer, id: string, path: string): Promise<void> {
  // Not `fetch`, whose body takes minutes for a large file that comes faster than it is read.
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(peer.contentUrl(id), { agent: false, headers: { ...peer.headers } }, resolve).once('error', reject);
  });
  if (response.statusCode !== 200) throw new Error(`${peer.name} answered ${response.statusCode}`);
  const [sent, received] = [await sha256(response), await sha256(createReadStream(path))];
  if (sent !== received) throw new Error(`${peer.name} did not give back what it got`);
}

async function sha256(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(bytes, hash);
  return hash.digest('hex');
}
