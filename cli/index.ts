import { auditCommand } from './audit.ts';
import { backupCommand } from './backup.ts';
import { checkCommand } from './check.ts';
import type { Command } from './command.ts';
import { databaseCommand } from './database.ts';
import { jobsCommand } from './jobs.ts';
import { keysCommand } from './keys.ts';
import { restoreCommand } from './restore.ts';
import { signInCommand } from './sign-in.ts';
import { slackCommand } from './slack.ts';
import { sweepCommand } from './sweep.ts';

/** Every command of the operator, in the order of the help. */
export const commands: readonly Command[] = [
  backupCommand,
  restoreCommand,
  checkCommand,
  auditCommand,
  sweepCommand,
  jobsCommand,
  signInCommand,
  keysCommand,
  databaseCommand,
  slackCommand,
];
