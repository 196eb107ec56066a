import { MiB } from '../../src/config.ts';
import { runSmallFiles } from '../clients/small-files.ts';
import { type Contender, interleave } from '../interleave.ts';
import { type CofferPeer, startCoffer } from '../peers/coffer.ts';
import { runBackup, runCopy, runDump, withFolder } from '../peers/copies.ts';
import { withPeers } from '../peers/peer.ts';
import type { Row } from '../results.ts';
import type { Site } from '../site.ts';
import { settle } from '../usage.ts';
import { sizeText, type Workload } from './workload.ts';

const inMiBs = (title: string): Row => ({ workload: 'backup', title, unit: 'MiB/s', against: 'dump' });
const inMs = (title: string): Row => ({ workload: 'backup', title, unit: 'ms', hasRatio: false });
/** How many files were changed since the export before. */
const changes = [0, 10, 1000];

/** Exports, verifications and exports of changes, beside a dump and a copy of the same bytes. */
export const backup: Workload = {
  name: 'backup',
  about({ options }) {
    const { count, bytes } = options.sizes.backup;
    return (
      `${count.toLocaleString('en')} files of ${sizeText(bytes)}. Exports and verifications as a person runs them ` +
      '(`node . backup`, `node . backup verify`), with the start of the program, beside a server that goes on; ' +
      'the exports of changes once more with a tenth of the files.'
    );
  },
  async run(site, results) {
    const { count, bytes } = site.options.sizes.backup;
    const total = count * bytes;
    const first = inMiBs('first export');
    const verify = inMiBs('verify all of it');
    await withLocker(site, count, async (coffer, ids) => {
      await withFolder(site, 'backup-', async (kept) => {
        await runBackup(coffer, kept);
        const contenders: Contender[] = [
          {
            name: 'dump',
            async turn(round) {
              await quiet(coffer);
              const value = await runDump(site, coffer);
              for (const row of [first, verify]) results.add(row, 'dump', round, { value });
            },
          },
          {
            name: 'copy',
            async turn(round) {
              await quiet(coffer);
              const value = total / MiB / (await runCopy(site, kept));
              for (const row of [first, verify]) results.add(row, 'copy', round, { value });
            },
          },
          {
            name: 'coffer',
            async turn(round) {
              await withFolder(site, 'backup-', async (folder) => {
                await quiet(coffer);
                results.add(first, 'coffer', round, {
                  value: total / MiB / (await runBackup(coffer, folder)),
                });
                await quiet(coffer);
                results.add(verify, 'coffer', round, {
                  value: total / MiB / (await runBackup(coffer, folder, ['verify'])),
                });
              });
            },
          },
        ];
        await interleave(site.options.rounds, contenders);
        await exportChanges(coffer, ids, kept);
      });
    });
    const fewer = Math.round(count / 10);
    await withLocker(site, fewer, (coffer, ids) =>
      withFolder(site, 'backup-', async (kept) => {
        await runBackup(coffer, kept);
        await exportChanges(coffer, ids, kept);
      }),
    );

    async function exportChanges(coffer: CofferPeer, ids: readonly string[], kept: string): Promise<void> {
      for (const changed of changes.filter((number) => number <= ids.length)) {
        const row = inMs(`export, ${changed} of ${ids.length} files changed`);
        for (let round = 0; round < site.options.rounds; round++) {
          await send(
            site,
            coffer,
            'PUT',
            ids.slice(0, changed).map((id) => coffer.contentUrl(id)),
          );
          await quiet(coffer);
          results.add(row, 'coffer', round, { value: 1000 * (await runBackup(coffer, kept)) });
        }
      }
    }
  },
};

/** Starts a Coffer that holds so many files. */
function withLocker(
  site: Site,
  count: number,
  work: (coffer: CofferPeer, ids: readonly string[]) => Promise<void>,
): Promise<void> {
  return withPeers(site, [startCoffer], async ([peer]) => {
    const coffer = peer as CofferPeer;
    const urls = Array.from({ length: count }, (_none, index) => coffer.uploadUrl(`report ${index}.bin`));
    await work(coffer, await send(site, coffer, 'POST', urls));
  });
}

async function send(site: Site, { headers }: CofferPeer, method: 'POST' | 'PUT', urls: readonly string[]) {
  const { bytes } = site.options.sizes.backup;
  return (await runSmallFiles(site, { method, urls, headers, bytes, clients: 8 })).ids;
}

const quiet = ({ pids }: CofferPeer) => settle([pids.server, pids.database]);
