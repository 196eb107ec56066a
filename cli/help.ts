import { variables } from '../src/config.ts';
import type { Command } from './command.ts';

/** Two columns, the left one as wide as it needs to be. */
function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}

/** Explains the command line. */
export function helpText(commands: readonly Command[]): string {
  return [
    'Coffer: an encrypted personal file locker.',
    '',
    'Usage: node . [command]',
    '',
    ...columns([
      ['(none)', 'run the locker: database, API, chats and clockwork, until Ctrl-C'],
      ...commands.map(({ usage, summary }) => [usage, summary] as const),
      ['--help', 'explain all of this, or with a command that one'],
      ['--version', 'print the version'],
    ]),
    '',
    'Variables (defaults in brackets):',
    '',
    ...columns(
      variables.map(
        ([name, fallback, meaning]) =>
          [name, `${meaning}${fallback === '' ? '' : ` [${fallback}]`}`] as const,
      ),
    ),
  ].join('\n');
}

/** Explains one command. */
export const commandHelp = ({ usage, summary, help }: Command): string =>
  help ?? columns([[`node . ${usage}`, summary]]).join('\n');
