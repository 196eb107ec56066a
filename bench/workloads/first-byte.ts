import { MiB } from '../../src/config.ts';
import { firstByteMs } from '../clients/first-byte.ts';
import { type Contender, interleave } from '../interleave.ts';
import { startBaseline } from '../peers/baseline.ts';
import { startCoffer } from '../peers/coffer.ts';
import { type Peer, withPeers } from '../peers/peer.ts';
import { median, type Row } from '../results.ts';
import type { Site } from '../site.ts';
import { settle } from '../usage.ts';
import { sizeText, type Workload } from './workload.ts';

/** Requests whose median is one round's reading. */
const repeats = 9;
const smallBytes = MiB;
/** Of the range at the end. */
const rangeBytes = 100 * 1000;

const row = (title: string): Row => ({ workload: 'first-byte', title, unit: 'ms' });

/** How long a reader waits until something comes. */
export const firstByte: Workload = {
  name: 'first-byte',
  about: ({ options }) =>
    `Milliseconds from a new connection to the first byte of the content: of the whole file of ` +
    `${sizeText(options.sizes.firstByte)}, of a range at its end, and of a file of ${sizeText(smallBytes)}.`,
  async run(site, results) {
    const bytes = site.options.sizes.firstByte;
    const big = sizeText(bytes);
    const difference = (title: string): Row => ({
      ...row(`${title}, more than of ${sizeText(smallBytes)}`),
      hasRatio: false,
      target: { kind: 'value', below: 50, of: 'median' },
    });
    const small = row(`first byte of ${sizeText(smallBytes)}`);
    const whole = row(`first byte of ${big}`);
    const end = row(`first byte of the end of ${big}`);
    const wholeMore = difference(whole.title);
    const endMore = difference(end.title);
    await withPeers(site, [startBaseline, startCoffer], async (peers) => {
      const contenders: Contender[] = [];
      for (const peer of peers) {
        const ask = await prepare(site, peer, bytes);
        contenders.push({
          name: peer.name,
          async turn(round) {
            await settle(peers.flatMap(({ pids }) => [pids.server, pids.database]));
            const took = await ask();
            results.add(small, peer.name, round, { value: took.small });
            results.add(whole, peer.name, round, { value: took.whole });
            results.add(end, peer.name, round, { value: took.end });
            results.add(wholeMore, peer.name, round, { value: took.whole - took.small });
            results.add(endMore, peer.name, round, { value: took.end - took.small });
          },
        });
      }
      await interleave(site.options.rounds, contenders);
    });
  },
};

/** Uploads the two files. @returns what asks for each kind of content in turn, several times. */
async function prepare({ transfers, inputs }: Site, peer: Peer, bytes: number) {
  const big = peer.contentUrl((await transfers.upload(peer, await inputs.file(bytes))).id);
  const small = peer.contentUrl((await transfers.upload(peer, await inputs.file(smallBytes))).id);
  const range = { range: `bytes=${bytes - rangeBytes}-${bytes - 1}` };
  return async () => {
    const took = { small: [] as number[], whole: [] as number[], end: [] as number[] };
    for (let i = 0; i < repeats; i++) {
      took.small.push(await firstByteMs(small, peer.headers));
      took.end.push(await firstByteMs(big, { ...peer.headers, ...range }));
      took.whole.push(await firstByteMs(big, peer.headers));
      // The server may still be fetching for the reader who left.
      await settle([peer.pids.server, peer.pids.database]);
    }
    return { small: median(took.small), whole: median(took.whole), end: median(took.end) };
  };
}
