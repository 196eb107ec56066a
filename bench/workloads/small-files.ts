import { type Plan, runSmallFiles } from '../clients/small-files.ts';
import { type Contender, interleave } from '../interleave.ts';
import { startBaseline } from '../peers/baseline.ts';
import { startCoffer } from '../peers/coffer.ts';
import { startFloor } from '../peers/floor.ts';
import { type Peer, withPeers } from '../peers/peer.ts';
import type { Results, Row } from '../results.ts';
import type { Site } from '../site.ts';
import { settle, withUsage } from '../usage.ts';
import { sizeText, type Workload } from './workload.ts';

/** Many small files at several clients: what the way around the content costs. */
export const smallFiles: Workload = {
  name: 'small',
  about({ options }) {
    const { count, bytes, clients } = options.sizes.smallFiles;
    return `${count} files of ${sizeText(bytes)} by ${clients} clients at once, on connections that are kept.`;
  },
  async run(site, results) {
    const { count, bytes } = site.options.sizes.smallFiles;
    const row = (word: string): Row => ({
      workload: 'small',
      title: `${word} ${count} x ${sizeText(bytes)}`,
      unit: 'files/s',
      target: { kind: 'ratio', atLeast: 1 },
    });
    const upload = row('upload');
    const download = row('download');
    await withPeers(site, [startBaseline, startCoffer, startFloor], async (peers) => {
      // As many again: it takes about that long until all of the code is compiled.
      for (const peer of peers) await moveAll(site, peer, count);
      const contenders = peers.map(
        (peer): Contender => ({
          name: peer.name,
          async turn(round) {
            await settle(peers.flatMap(({ pids }) => [pids.server, pids.database]));
            await moveAll(site, peer, count, { results, upload, download, round });
          },
        }),
      );
      await interleave(site.options.rounds, contenders);
    });
  },
};

interface Book {
  readonly results: Results;
  readonly upload: Row;
  readonly download: Row;
  readonly round: number;
}

/** Sends, fetches and removes the files, and books what it took unless it is only to warm up. */
async function moveAll(site: Site, peer: Peer, count: number, book?: Book): Promise<void> {
  const { bytes, clients } = site.options.sizes.smallFiles;
  const send = async (method: Plan['method'], urls: string[], row: Row | undefined) => {
    const plan = { method, urls, headers: peer.headers, bytes, clients };
    const { result, usage } = await withUsage(peer.pids, () => runSmallFiles(site, plan));
    if (book !== undefined && row !== undefined) {
      const reading = { value: count / result.seconds, usage, bytes: count * bytes };
      book.results.add(row, peer.name, book.round, reading);
    }
    return result.ids;
  };
  const names = Array.from({ length: count }, (_none, index) => `small-${index}.bin`);
  const ids = await send(
    'POST',
    names.map((name) => peer.uploadUrl(name)),
    book?.upload,
  );
  await send(
    'GET',
    ids.map((id) => peer.contentUrl(id)),
    book?.download,
  );
  await send(
    'DELETE',
    ids.map((id) => peer.removeUrl(id)),
    undefined,
  );
}
