import { GiB } from '../src/config.ts';
import { describeMachine } from './machine.ts';
import { type Candidate, candidates, median, type Range, type Results, type Row } from './results.ts';
import type { Site } from './site.ts';
import { startFlags } from '../test/support/start-flags.ts';
import { table } from './table.ts';
import { targetTable } from './targets.ts';
import type { Usage } from './usage.ts';
import type { Workload } from './workloads/workload.ts';

/** Writes the whole report in Markdown. */
export function report(site: Site, ran: readonly Workload[], results: Results): string {
  const { rounds, quick } = site.options;
  return [
    '# Side by side',
    `Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run bench\`: ${rounds} interleaved rounds, medians ` +
      'with the range from lowest to highest. A ratio is taken within each round before the median is. ' +
      (quick
        ? '**A quick run: these numbers mean little.**'
        : 'All on one machine, over its loopback interface:'),
    describeMachine(site)
      .map((line) => `- ${line}`)
      .join('\n'),
    '## What is compared',
    whatIsCompared(site),
    '## Targets',
    targetTable(results),
    ...ran.flatMap((workload) => section(workload, site, results)),
    '',
  ].join('\n\n');
}

function whatIsCompared({ paper }: Site): string {
  const about: Record<Candidate, string> = {
    baseline:
      "hapi with the MongoDB driver's GridFSBucket at its defaults, on plain `node`, with a mongod at its defaults: " +
      'no encryption, no accounts, no journaled commit (`peers/gridfs-baseline.ts`)',
    coffer:
      `the built program, started by \`node ${startFlags.join(' ')} dist/main.js\` with its embedded database, asked with a token: every byte sealed, ` +
      'every segment verified before it is sent, an upload answered only once it would survive a crash',
    floor:
      "what sealing small files costs at least on hapi and the driver: Coffer's cryptography, one insert for the content and a " +
      'journaled one for the entry, each file whole in memory; no accounts, permissions, quota, limits, audit trail or log (`peers/sealed-floor.ts`)',
    bare: 'the same API over a locker whose audit trail and request limits do nothing (`peers/bare-coffer.ts`)',
    paper:
      'Flask and `cryptography.fernet`, each file whole in memory, tokens as files on disk, no database (`peers/paper.py`)' +
      ('versions' in paper ? `; ${paper.versions}` : `. **Skipped: ${paper.missing}**`),
    limit:
      'AES-128-CBC and HMAC-SHA256 by node:crypto alone, on one core, in memory (`peers/crypto-limit.ts`)',
    dump:
      'every collection read by a cursor and written to a file as it comes, which is what mongodump does: ' +
      'no package of the npm registry or of Debian 12 carries that program (`peers/raw-dump.ts`)',
    copy: 'the folder of the finished backup, by `cp -R` and `sync`',
  };
  return candidates.map((name) => `- **${name}**: ${about[name]}`).join('\n');
}

function section(workload: Workload, site: Site, results: Results): string[] {
  const rows = results.rows.filter((row) => row.workload === workload.name);
  if (rows.length === 0) return [`## ${workload.name}`, 'Not measured: this needs Linux.'];
  const withUsage = rows.some((row) => candidates.some((name) => usagesOf(results, row, name).length > 0));
  const against = rows[0]?.against ?? 'baseline';
  const header = ['', 'candidate', 'median', 'range', `x ${against}`, 'range'];
  const lines = rows.flatMap((row) =>
    candidates.flatMap((name) => {
      const values = results.values(row, name);
      if (values === undefined) return [];
      const ratios = name === (row.against ?? 'baseline') ? undefined : results.ratios(row, name);
      const first = [row.title, name, `${number(values.median)} ${row.unit}`, rangeText(values, number)];
      const ratio = ratios === undefined ? ['', ''] : [ratios.median.toFixed(2), rangeText(ratios, two)];
      return [[...first, ...ratio, ...(withUsage ? usageCells(results, row, name) : [])]];
    }),
  );
  const cells = withUsage ? [...header, ...usageHeader] : header;
  return [`## ${workload.name}`, workload.about(site), table(cells, lines)];
}

const usageHeader = ['CPU s/GiB server', 'mongod', 'peak MiB server', 'mongod'];

/** Median CPU time per GiB, and the highest memory. */
function usageCells(results: Results, row: Row, name: Candidate): string[] {
  const readings = results.readings(row, name);
  const cpu = (pick: (usage: Usage) => number | undefined) => {
    const costs = readings.flatMap(({ usage, bytes }) => {
      const seconds = usage === undefined ? undefined : pick(usage);
      return seconds === undefined || bytes === undefined ? [] : [seconds / (bytes / GiB)];
    });
    return costs.length === 0 ? '' : two(median(costs));
  };
  const peak = (pick: (usage: Usage) => number | undefined) => {
    const peaks = usagesOf(results, row, name).flatMap((usage) => pick(usage) ?? []);
    return peaks.length === 0 ? '' : Math.max(...peaks).toFixed(0);
  };
  return [
    cpu((usage) => usage.serverCpuSeconds),
    cpu((usage) => usage.databaseCpuSeconds),
    peak((usage) => usage.serverPeakMiB),
    peak((usage) => usage.databasePeakMiB),
  ];
}

const usagesOf = (results: Results, row: Row, name: Candidate) =>
  results.readings(row, name).flatMap(({ usage }) => (usage === undefined ? [] : [usage]));

const two = (value: number) => value.toFixed(2);
const number = (value: number) => (Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0));
const rangeText = ({ lowest, highest }: Range, text: (value: number) => string) =>
  `${text(lowest)} to ${text(highest)}`;
