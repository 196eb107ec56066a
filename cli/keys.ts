import type { Command } from './command.ts';
import { addKeyCommand } from './keys/add.ts';
import { generateKeys } from './keys/generate.ts';
import { listKeys } from './keys/list.ts';
import { retireKeyCommand } from './keys/retire.ts';
import { rotateKeysCommand } from './keys/rotate.ts';
import type { KeysSubcommand } from './keys/subcommand.ts';

const subcommands: readonly KeysSubcommand[] = [
  addKeyCommand,
  rotateKeysCommand,
  retireKeyCommand,
  listKeys,
  generateKeys,
];

const help = subcommands
  .map(({ usage, summary }) => `  node . keys ${usage.padEnd(31)} ${summary}`)
  .join('\n');

/** Everything about master keys. */
export const keysCommand: Command = {
  name: 'keys',
  usage: 'keys WORD',
  summary: `${subcommands.map(({ name }) => name).join(', ')}: the master keys; alone it explains the words`,
  help,
  run: async (context) => {
    const [word, ...words] = context.words;
    const subcommand = subcommands.find(({ name }) => name === word);
    if (subcommand !== undefined) return subcommand.run({ ...context, words });
    context.print(`Say what:\n${help}`);
    return 2;
  },
};
