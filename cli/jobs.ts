import { jobsFor } from '../jobs/index.ts';
import { runJob } from '../jobs/run-job.ts';
import { announceJob, lastRun } from '../src/jobs/runs.ts';
import { openLocker } from '../src/open-locker.ts';
import type { Command } from './command.ts';
import { freeDead } from './hold-job.ts';

/** Shows what the clockwork does, and does it now. */
export const jobsCommand: Command = {
  name: 'jobs',
  usage: 'jobs list|run NAME',
  summary: 'show the jobs of the clockwork and how their last runs went; run one now',
  run: async ({ config, log, words, print }) => {
    const jobs = jobsFor(config);
    const [verb, name] = words;
    const job = jobs.find((candidate) => candidate.name === name);
    if (verb !== 'list' && (verb !== 'run' || job === undefined)) {
      print(
        `Usage: node . jobs list, or node . jobs run NAME; NAME is one of ${jobs.map((one) => one.name).join(', ')}.`,
      );
      return 2;
    }
    const opened = await openLocker(config, log, 'operator');
    const { locker } = opened;
    try {
      if (job !== undefined) {
        await announceJob(locker, { name: job.name, schedule: job.schedule ?? 'on demand' });
        await freeDead(opened, job.name);
        const end = await runJob(locker, job, { dueAt: locker.now(), reason: 'demand' });
        const run = await lastRun(locker, job.name);
        if (end === 'not-ours') print(`${job.name} is running already. See node . jobs list.`);
        else
          print(
            `${job.name}: ${end}${countsText(run?.counts ?? {})}${run?.problem ? `, ${run.problem}` : ''}`,
          );
        return end === 'ok' ? 0 : 1;
      }
      for (const { name: known, summary, schedule } of jobs) {
        const run = await lastRun(locker, known);
        print(`${known.padEnd(16)}${(schedule ?? 'on demand').padEnd(16)}${summary}`);
        print(
          `${' '.repeat(32)}${run === undefined ? 'never ran' : `${run.startedAt.toISOString()} ${run.outcome}${countsText(run.counts)}`}`,
        );
      }
      return 0;
    } finally {
      await opened.close();
    }
  },
};

const countsText = (counts: Readonly<Record<string, number>>): string => {
  const parts = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
};
