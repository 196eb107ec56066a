import { type Contender, interleave } from '../interleave.ts';
import { startBaseline } from '../peers/baseline.ts';
import { startCoffer } from '../peers/coffer.ts';
import { type Peer, type StartPeer, withPeers } from '../peers/peer.ts';
import type { Candidate, Results, Row } from '../results.ts';
import type { Site } from '../site.ts';
import { type Usage, withUsage } from '../usage.ts';
import { sizeText, type Workload } from './workload.ts';

/** Memory differs little from round to round, and every round starts all processes anew. */
const maxRounds = 3;

/** Highest memory of processes that were just started: of the server, and of its database. */
function memory(spec: {
  readonly name: string;
  readonly belowMiB: number;
  readonly what: (site: Site) => { readonly text: string; readonly bytes: number; readonly count: number };
}): Workload {
  const { name, belowMiB, what } = spec;
  return {
    name,
    about: (site) =>
      `Highest resident memory (VmHWM) of processes that were just started: ${what(site).text}, ` +
      `sent and then fetched. At most ${maxRounds} rounds.`,
    async run(site, results) {
      const { text, bytes, count } = what(site);
      const book = makeBook(results, name, text, belowMiB);
      const contender = (candidate: Candidate, start: StartPeer): Contender => ({
        name: candidate,
        turn: (round) =>
          withPeers(site, [start], async ([peer]) => {
            if (peer === undefined) return;
            const { upload, download } = await moveAtOnce(site, peer, bytes, count);
            book('sending', candidate, round, upload);
            book('fetching', candidate, round, download);
          }),
      });
      await interleave(Math.min(site.options.rounds, maxRounds), [
        contender('baseline', startBaseline),
        contender('coffer', startCoffer),
      ]);
    },
  };
}

/** Sends all files at once, then fetches them at once. */
async function moveAtOnce({ transfers, inputs }: Site, peer: Peer, bytes: number, count: number) {
  const path = await inputs.file(bytes);
  const all = Array.from({ length: count });
  const sent = await withUsage(peer.pids, () => Promise.all(all.map(() => transfers.upload(peer, path))));
  const got = await withUsage(peer.pids, () =>
    Promise.all(sent.result.map(({ id }) => transfers.download(peer, id, bytes))),
  );
  return { upload: sent.usage, download: got.usage };
}

function makeBook(results: Results, workload: string, text: string, belowMiB: number) {
  const rows = new Map<string, Row>();
  const rowOf = (title: string, target?: Row['target']) => {
    const row = rows.get(title) ?? {
      workload,
      title,
      unit: 'MiB',
      ...(target === undefined ? {} : { target }),
    };
    rows.set(title, row);
    return row;
  };
  return (word: string, candidate: Candidate, round: number, usage: Usage | undefined) => {
    if (usage === undefined) return;
    const server = rowOf(`server, ${word} ${text}`, { kind: 'value', below: belowMiB, of: 'highest' });
    results.add(server, candidate, round, { value: usage.serverPeakMiB });
    if (usage.databasePeakMiB === undefined) return;
    results.add(rowOf(`mongod, ${word} ${text}`), candidate, round, { value: usage.databasePeakMiB });
  };
}

export const memoryOfOne = memory({
  name: 'memory',
  belowMiB: 220,
  what: ({ options }) => ({ text: sizeText(options.sizes.large), bytes: options.sizes.large, count: 1 }),
});

export const memoryOfMany = memory({
  name: 'at-once',
  belowMiB: 450,
  what: ({ options }) => {
    const { count, bytes } = options.sizes.atOnce;
    return { text: `${count} x ${sizeText(bytes)} at once`, bytes, count };
  },
});
