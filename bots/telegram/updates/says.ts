import type { Command } from '../../port/command.ts';
import type { Text } from '../../port/text.ts';

/** A command that says one thing. */
export const says = (text: Text): Command => ({
  name: 'say',
  summary: '',
  usage: '',
  examples: [],
  who: 'stranger',
  listed: false,
  // oxlint-disable-next-line require-await -- a command is an asynchronous sequence
  async *run() {
    yield { kind: 'note', text };
  },
});
