import { variables } from '../src/config.ts';
import type { Command } from './command.ts';

const column = (left: string, right: string) => `  ${left.padEnd(20)}${right}`;

/** Explains the command line. */
export function helpText(commands: readonly Command[]): string {
  return [
    'Coffer: an encrypted personal file locker.',
    '',
    'Usage: node . [command]',
    '',
    column('(none)', 'run the locker: database, API and clockwork, until Ctrl-C'),
    ...commands.map(({ usage, summary }) => column(usage, summary)),
    column('--help, --version', ''),
    '',
    'Variables (defaults in brackets):',
    '',
    ...variables.map(([name, fallback, meaning]) =>
      column(name, `${meaning}${fallback === '' ? '' : ` [${fallback}]`}`),
    ),
  ].join('\n');
}
