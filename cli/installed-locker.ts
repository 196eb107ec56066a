import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../src/config.ts';
import { StartError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import { type OpenLocker, openLocker } from '../src/open-locker.ts';

/**
 * Opens the locker if there is one, for work that can do without: backups are looked at on other machines too, where no
 * database must be made for it.
 *
 * @param print told why, if there is one that cannot be opened.
 */
export async function openIfInstalled(
  config: Config,
  log: Log,
  print: (line: string) => void,
): Promise<OpenLocker | undefined> {
  if (config.mongodbUri === undefined && !existsSync(join(config.dataDir, 'db'))) return undefined;
  try {
    return await openLocker(config, log, 'operator');
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    for (const problem of error.problems) print(`without the database: ${problem}`);
    return undefined;
  }
}
