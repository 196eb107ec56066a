import type { Candidate } from '../results.ts';
import type { Site } from '../site.ts';

/** The processes whose time and memory are counted. */
export interface Pids {
  readonly server: number;
  readonly database: number | undefined;
}

/** A running server that keeps files. All of them take `POST` with the raw body and answer JSON with an `id`. */
export interface Peer {
  readonly name: Candidate;
  readonly pids: Pids;
  readonly headers: Readonly<Record<string, string>>;
  uploadUrl(name: string): string;
  contentUrl(id: string): string;
  /** `DELETE` there removes the file and its bytes. */
  removeUrl(id: string): string;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** A peer of the bench's own making: takes files at `/files` from anybody. */
export const plainPeer = (url: string, { name, pids, stop }: Pick<Peer, 'name' | 'pids' | 'stop'>): Peer => ({
  name,
  pids,
  headers: {},
  uploadUrl: (fileName) => `${url}/files?name=${encodeURIComponent(fileName)}`,
  contentUrl: (id) => `${url}/files/${id}`,
  removeUrl: (id) => `${url}/files/${id}`,
  stop,
});

export type StartPeer = (site: Site) => Promise<Peer>;

/** Starts peers, lets `work` use them, and stops them whatever happens. */
export async function withPeers<T>(
  site: Site,
  starts: readonly StartPeer[],
  work: (peers: readonly Peer[]) => Promise<T>,
): Promise<T> {
  const peers: Peer[] = [];
  try {
    for (const start of starts) peers.push(await start(site));
    return await work(peers);
  } finally {
    await stopAll(peers);
  }
}

/** Waits for all, also if one fails. */
async function stopAll(peers: readonly Peer[]): Promise<void> {
  const ends = await Promise.allSettled(peers.map((peer) => peer.stop()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Removes a file. @throws Error if the server refuses. */
export async function removeFile(peer: Peer, id: string): Promise<void> {
  const response = await fetch(peer.removeUrl(id), { method: 'DELETE', headers: peer.headers });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${peer.name} answered ${response.status} to a removal`);
}
