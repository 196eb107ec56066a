import { Presets, SingleBar } from 'cli-progress';
import { plural } from '../bots/words/plural.ts';
import { check } from '../src/maintenance/check.ts';
import { openLocker } from '../src/open-locker.ts';
import { formatBytes } from './format-bytes.ts';
import type { Command } from './command.ts';

/** Reads back everything that is stored. */
export const checkCommand: Command = {
  name: 'check',
  usage: 'check',
  summary: 'read every stored version and verify it; exit code 1 if anything is damaged',
  run: async ({ config, log, print }) => {
    const opened = await openLocker(config, log, 'operator');
    // On a terminal only: in a log, a bar is noise.
    const bar = process.stderr.isTTY
      ? new SingleBar(
          {
            format:
              'checking {bar} {percentage}% | {done} of {all} | {versions} versions | {damaged} damaged | {eta_formatted} left',
            stream: process.stderr,
            hideCursor: true,
          },
          Presets.shades_classic,
        )
      : undefined;
    try {
      bar?.start(1, 0, { done: '0 B', all: '?', versions: 0, damaged: 0 });
      const report = await check(opened.locker, ({ totalBytes, bytes, versions, damaged }) => {
        bar?.setTotal(Math.max(1, totalBytes));
        bar?.update(bytes, { done: formatBytes(bytes), all: formatBytes(totalBytes), versions, damaged });
      });
      bar?.stop();
      for (const { fileId, version, problem } of report.findings)
        print(`damaged: file ${fileId}${version === null ? '' : ` version ${version}`}: ${problem}`);
      print(
        `checked ${plural(report.files, 'file')}, ${plural(report.versions, 'version')}, ${formatBytes(report.bytes)}: ${report.findings.length === 0 ? 'all intact' : plural(report.findings.length, 'problem')}`,
      );
      return report.findings.length === 0 ? 0 : 1;
    } finally {
      bar?.stop();
      await opened.close();
    }
  },
};
