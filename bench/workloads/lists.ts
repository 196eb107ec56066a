import { latenciesMs, percentile } from '../clients/latency.ts';
import { fill, folderOf, tagOf, vocabulary } from '../crowd.ts';
import { type CofferPeer, startCoffer } from '../peers/coffer.ts';
import { withPeers } from '../peers/peer.ts';
import type { Row } from '../results.ts';
import { settle } from '../usage.ts';
import type { Workload } from './workload.ts';

const requests = 400;

/** Lists and searches of an account with many files, in a database with many more. */
export const lists: Workload = {
  name: 'lists',
  about({ options }) {
    const { mine, others } = options.sizes.crowd;
    return (
      `${requests} requests a round over HTTP, one after the other, by an account with ${mine.toLocaleString('en')} files ` +
      `in a database of ${(mine + others).toLocaleString('en')}, 50 files a page.`
    );
  },
  async run(site, results) {
    await withPeers(site, [startCoffer], async ([peer]) => {
      const coffer = peer as CofferPeer;
      await fill(coffer.dataDir, 'bench', site.options.sizes.crowd);
      await settle([coffer.pids.server, coffer.pids.database]);
      for (const [kind, paths] of Object.entries(questions(site.options.sizes.crowd.mine))) {
        const urls = paths.map((path) => `${coffer.url}/v1/files?limit=50&${path}`);
        // Once over all of it: right after the filling nothing is in any cache.
        await latenciesMs(urls, coffer.headers);
        for (let round = 0; round < site.options.rounds; round++) {
          const took = await latenciesMs(urls, coffer.headers);
          results.add(row(`${kind}, median`, 20), 'coffer', round, { value: percentile(took, 0.5) });
          results.add(row(`${kind}, 99th percentile`, 60), 'coffer', round, {
            value: percentile(took, 0.99),
          });
        }
      }
    });
  },
};

const rows = new Map<string, Row>();

/** The same row for the same title. */
function row(title: string, below: number): Row {
  const known = rows.get(title) ?? {
    workload: 'lists',
    title,
    unit: 'ms',
    target: { kind: 'value', below, of: 'median' },
  };
  rows.set(title, known);
  return known;
}

const some = (make: (index: number) => string) =>
  Array.from({ length: requests }, (_none, index) => make(index));
const word = (index: number) => vocabulary[index % vocabulary.length] ?? '';
const seldom = (index: number) => vocabulary[20 + ((index * 37) % (vocabulary.length - 20))] ?? '';

/** What is asked, each kind many times over. */
function questions(mine: number): Record<string, string[]> {
  return {
    'list, newest first': some((index) => `sort=${['updated', 'created', 'size'][index % 3]}`),
    'list of a folder': some((index) => `folder=${encodeURIComponent(folderOf(index))}`),
    'list of a tag': some((index) => `tag=${tagOf(index)}`),
    'search, a frequent word': some((index) => `q=${word(index % 20)}`),
    'search, a rare word': some((index) => `q=${seldom(index)}`),
    'search, a frequent and a rare word': some((index) => `q=${word(index % 20)}+${seldom(index)}`),
    'search, part of a word': some((index) => `q=${seldom(index).slice(1, 5)}`),
    'search, two letters': some((index) => `q=${seldom(index).slice(0, 2)}`),
    'search, one number': some((index) => `q=${(index * 7919) % mine}`),
    'search, nothing found': some((index) => `q=qqq${index}`),
  };
}
