/** Measures Coffer side by side with what one would use instead: `npm run bench -- --help`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askToStop } from './interleave.ts';
import { type Options, readOptions, usage } from './options.ts';
import { report } from './report.ts';
import { Results } from './results.ts';
import { openSite } from './site.ts';
import { workloads } from './workloads/index.ts';

const resultsPath = join(import.meta.dirname, 'RESULTS.md');
const say = (line: string) => void process.stderr.write(`${line}\n`);

async function main(options: Options): Promise<void> {
  const chosen = workloads.filter(({ name }) => options.only?.includes(name) ?? true);
  const results = new Results((row, candidate, round, { value }) =>
    say(`  round ${round + 1}  ${row.title}  ${candidate}  ${value.toFixed(1)} ${row.unit}`),
  );
  const site = await openSite(options);
  try {
    for (const workload of chosen) {
      say(workload.name);
      await workload.run(site, results);
    }
    const text = report(site, chosen, results);
    process.stdout.write(text);
    if (options.quick || options.only !== undefined) return;
    await writeFile(resultsPath, text);
  } finally {
    await site.remove();
  }
}

function chooseOptions(args: readonly string[]): Options | undefined {
  const options = readOptions(args);
  const names = workloads.map(({ name }) => name);
  const unknown = options?.only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`no workload ${unknown.join(', ')}; there are ${names.join(', ')}`);
  return options;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, askToStop);
const options = chooseOptions(process.argv.slice(2));
if (options === undefined) process.stdout.write(usage);
else await main(options);
