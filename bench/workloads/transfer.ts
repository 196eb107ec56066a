import { MiB } from '../../src/config.ts';
import { requireSame } from '../clients/transfer.ts';
import { type Contender, interleave } from '../interleave.ts';
import type { Sizes } from '../options.ts';
import { startBaseline } from '../peers/baseline.ts';
import { startCoffer } from '../peers/coffer.ts';
import { measureLimit } from '../peers/limit.ts';
import { startPaper } from '../peers/paper.ts';
import { type Peer, removeFile, type StartPeer, withPeers } from '../peers/peer.ts';
import type { Results, Row } from '../results.ts';
import type { Site } from '../site.ts';
import { settle, withUsage } from '../usage.ts';
import { sizeText, type Workload } from './workload.ts';

interface Rows {
  readonly upload: Row;
  readonly download: Row;
}

/** One file at a time, up and down again. */
function transfer(name: string, size: 'medium' | 'large', peers: readonly StartPeer[]): Workload {
  const bytesOf = (sizes: Sizes) => sizes[size];
  return {
    name,
    about: ({ options }) =>
      `One file of ${sizeText(bytesOf(options.sizes))}, sent and then fetched, one at a time, after one that is not counted.`,
    async run(site, results) {
      const bytes = bytesOf(site.options.sizes);
      const path = await site.inputs.file(bytes);
      const row = (word: string, atLeast: number): Row => ({
        workload: name,
        title: `${word} ${sizeText(bytes)}`,
        unit: 'MiB/s',
        target: { kind: 'ratio', atLeast },
      });
      const rows = { upload: row('upload', 2.2), download: row('download', 0.95) };
      const starts = peers.filter((start) => start !== startPaper || 'versions' in site.paper);
      await withPeers(site, starts, async (running) => {
        for (const peer of running) await warmUp(site, peer, path);
        await interleave(site.options.rounds, [
          ...running.map((peer) => contend(site, results, rows, peer, running, path, bytes)),
          limit(site, results, rows, bytes),
        ]);
      });
    },
  };
}

/**
 * The same transfer as is measured, since the first of a process is a quarter slower while its code is compiled. Also proves
 * that what is fetched is what was sent: a fast answer that is wrong is worth nothing.
 */
async function warmUp({ transfers }: Site, peer: Peer, path: string): Promise<void> {
  const { id } = await transfers.upload(peer, path);
  await requireSame(peer, id, path);
  await removeFile(peer, id);
}

function contend(
  { transfers }: Site,
  results: Results,
  rows: Rows,
  peer: Peer,
  all: readonly Peer[],
  path: string,
  bytes: number,
): Contender {
  const everyone = all.flatMap(({ pids }) => [pids.server, pids.database]);
  const add = (
    row: Row,
    round: number,
    seconds: number,
    usage: Awaited<ReturnType<typeof withUsage>>['usage'],
  ) => results.add(row, peer.name, round, { value: bytes / MiB / seconds, usage, bytes });
  return {
    name: peer.name,
    async turn(round) {
      await settle(everyone);
      const sent = await withUsage(peer.pids, () => transfers.upload(peer, path));
      add(rows.upload, round, sent.result.seconds, sent.usage);
      const { id } = sent.result;
      await settle(everyone);
      const got = await withUsage(peer.pids, () => transfers.download(peer, id, bytes));
      add(rows.download, round, got.result.seconds, got.usage);
      await removeFile(peer, id);
    },
  };
}

const limit = (site: Site, results: Results, rows: Rows, bytes: number): Contender => ({
  name: 'limit',
  async turn(round) {
    const { uploadSeconds, downloadSeconds } = await measureLimit(site, bytes);
    results.add(rows.upload, 'limit', round, { value: bytes / MiB / uploadSeconds });
    results.add(rows.download, 'limit', round, { value: bytes / MiB / downloadSeconds });
  },
});

export const mediumTransfer = transfer('medium', 'medium', [startBaseline, startCoffer, startPaper]);
export const largeTransfer = transfer('large', 'large', [startBaseline, startCoffer]);
