/** The composition root, and the operator's command line: the only file that sees all folders. */
import type { Server } from '@hapi/hapi';
import { createServer } from './api/server.ts';
import { type Bot, startBots } from './bots/start.ts';
import { commandHelp, helpText } from './cli/help.ts';
import { commands } from './cli/index.ts';
import { welcomeText } from './cli/welcome.ts';
import { jobsFor } from './jobs/index.ts';
import { type Clockwork, startJobs } from './jobs/scheduler.ts';
import { offerSetupCode } from './src/accounts/setup-code-file.ts';
import { type Config, readConfig } from './src/config.ts';
import { LockerError, StartError } from './src/errors.ts';
import { freeJobs } from './src/jobs/orphans.ts';
import { createLog, type Log } from './src/log.ts';
import { recentContentsMs, sweep } from './src/maintenance/sweep.ts';
import { openLocker } from './src/open-locker.ts';
import { freeLeases } from './src/uploads/lease.ts';
import { version } from './src/version.ts';

/** How long running transfers may take to end after a stop was asked for. */
const drainMs = 5 * 60 * 1000;
/** The same when the database is gone for good: they cannot succeed, only be answered. */
const drainWithoutDatabaseMs = 10_000;

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const [word, ...words] = args;
  if (word === '--help' || word === '-h' || word === 'help') return (print(helpText(commands)), 0);
  if (word === '--version') return (print(version), 0);
  const command = commands.find(({ name }) => name === word);
  if (word !== undefined && command === undefined)
    return (print(`There is no command ${word}. See node . --help`), 2);
  if (command !== undefined && words.some((one) => one === '--help' || one === '-h'))
    return (print(commandHelp(command)), 0);
  // Of a command without words of its own, a misspelt one would otherwise do something else than what was meant.
  if (command?.usage === command?.name && words.length > 0)
    return (print(`node . ${word} takes no further words.`), 2);
  try {
    const config = readConfig(process.env, process.cwd());
    const log = createLog(config.logLevel);
    return command === undefined
      ? await serve(config, log)
      : await command.run({ config, log, words, print });
  } catch (error) {
    return explain(error);
  }
}

/** Runs the locker until it is told to stop. */
async function serve(config: Config, log: Log): Promise<number> {
  const stopAsked = onSignal(log);
  const opened = await openLocker(config, log, 'server');
  let server: Server | undefined;
  let bots: Bot[] = [];
  let clockwork: Clockwork | undefined;
  let timeout = drainMs;
  try {
    const { locker, exclusive } = opened;
    // Nobody else can be at work here: whatever is unfinished was cut off by a crash.
    if (exclusive) {
      await sweep(locker, 0, { contentsSince: new Date(Date.now() - recentContentsMs) });
      await freeLeases(locker);
      await freeJobs(locker);
      await locker.inbox.freeLanes();
    }
    const publicUrl = () => config.publicUrl ?? server?.info.uri ?? '';
    bots = await startBots(locker, config, { publicUrl, log });
    server = await createServer(locker, { ...config, log, chatRoutes: bots.flatMap(({ routes }) => routes) });
    await listen(server, config);
    for (const bot of bots) bot.begin();
    clockwork = startJobs(locker, jobsFor(config));
    const setupCode = await offerSetupCode(locker.collections, config.dataDir);
    print(welcomeText({ ...opened, url: config.publicUrl ?? server.info.uri, setupCode, chats: config }));
    const end = await Promise.race([stopAsked, opened.gaveUp]);
    if (end instanceof StartError) {
      timeout = drainWithoutDatabaseMs;
      throw end;
    }
    return 0;
  } finally {
    await Promise.all([server?.stop({ timeout }), ...bots.map((bot) => bot.stop())]);
    await clockwork?.stop();
    await opened.close();
  }
}

async function listen(server: Server, { host, port }: Config): Promise<void> {
  try {
    await server.start();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new StartError([
        `Port ${port} on ${host} is in use. Stop what uses it, or choose another one with COFFER_PORT.`,
      ]);
    if (code === 'EACCES')
      throw new StartError([
        `Port ${port} needs more rights than this process has. Choose one above 1023 with COFFER_PORT.`,
      ]);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartError([`This machine has no address ${host}. Check COFFER_HOST.`]);
    throw error;
  }
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends at once. */
const onSignal = (log: Log): Promise<'stop'> =>
  new Promise((resolve) => {
    let asked = false;
    const ask = () => {
      if (asked) process.exit(1);
      asked = true;
      log.info('stopping: running transfers may end, a second signal cuts them off');
      resolve('stop');
    };
    process.on('SIGTERM', ask);
    process.on('SIGINT', ask);
  });

/** Prints what the operator can mend; anything else is a defect and keeps its stack. */
function explain(error: unknown): number {
  if (error instanceof StartError)
    for (const problem of error.problems) process.stderr.write(`coffer: ${problem}\n`);
  else if (error instanceof LockerError)
    process.stderr.write(`coffer: ${error.details.hint ?? error.code}\n`);
  else throw error;
  return 1;
}

// Whoever reads the output may have heard enough: `node . backup list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(process.argv.slice(2));
