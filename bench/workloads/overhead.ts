import { latenciesMs } from '../clients/latency.ts';
import { type Contender, interleave } from '../interleave.ts';
import { type CofferPeer, startBareCoffer, startCoffer } from '../peers/coffer.ts';
import { withPeers } from '../peers/peer.ts';
import { median, type Row } from '../results.ts';
import type { Site } from '../site.ts';
import type { Workload } from './workload.ts';

const requests = 1000;
const smallBytes = 1024;

const read: Row = { workload: 'overhead', title: 'describe a file', unit: 'ms' };
const write: Row = { workload: 'overhead', title: 'rename a file', unit: 'ms' };
const more = (title: string): Row => ({
  workload: 'overhead',
  title: `${title}, with limits and audit more than without`,
  unit: 'ms',
  hasRatio: false,
  target: { kind: 'value', below: 2, of: 'median' },
});
const readMore = more(read.title);
const writeMore = more(write.title);

/** What request limits and the audit trail add to a request. */
export const overhead: Workload = {
  name: 'overhead',
  about: () =>
    `Median of ${requests} requests, one after the other: a description, which is recorded without waiting for the journal, ` +
    'and a change of name, which is recorded as durably as it is made.',
  async run(site, results) {
    const started: CofferPeer[] = [];
    const keep = (start: (site: Site) => Promise<CofferPeer>) => async (place: Site) => {
      const peer = await start(place);
      started.push(peer);
      return peer;
    };
    await withPeers(site, [keep(startBareCoffer), keep(startCoffer)], async () => {
      const urls = await Promise.all(started.map(prepare));
      for (const [index, peer] of started.entries()) await ask(peer, urls[index] ?? '');
      const medians = new Map<string, { read: number; write: number }>();
      const contenders = started.map(
        (peer, index): Contender => ({
          name: peer.name,
          async turn(round) {
            const took = await ask(peer, urls[index] ?? '');
            medians.set(`${peer.name} ${round}`, took);
            results.add(read, peer.name, round, { value: took.read });
            results.add(write, peer.name, round, { value: took.write });
          },
        }),
      );
      await interleave(site.options.rounds, contenders);
      for (let round = 0; round < site.options.rounds; round++) {
        const [bare, whole] = ['bare', 'coffer'].map((name) => medians.get(`${name} ${round}`));
        if (bare === undefined || whole === undefined) continue;
        results.add(readMore, 'coffer', round, { value: whole.read - bare.read });
        results.add(writeMore, 'coffer', round, { value: whole.write - bare.write });
      }
    });
  },
};

/** Uploads one file. @returns its address. */
async function prepare(peer: CofferPeer): Promise<string> {
  const body = Buffer.alloc(smallBytes);
  const response = await fetch(peer.uploadUrl('small.bin'), { method: 'POST', headers: peer.headers, body });
  const { id } = (await response.json()) as { id: string };
  return `${peer.url}/v1/files/${id}`;
}

async function ask({ headers }: CofferPeer, url: string) {
  const reads = await latenciesMs(
    Array.from({ length: requests }, () => url),
    headers,
  );
  const writes: number[] = [];
  for (let i = 0; i < requests / 5; i++) {
    const started = performance.now();
    const response = await fetch(url, {
      method: 'PATCH',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: `small-${i}.bin` }),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`a change was answered with ${response.status}`);
    writes.push(performance.now() - started);
  }
  return { read: median(reads), write: median(writes) };
}
