import type { ChatFacts, Command } from '../port/command.ts';
import { lines, type Text, text } from '../port/text.ts';

const groups = [
  [
    'Files',
    ['list', 'find', 'get', 'versions', 'rename', 'move', 'tag', 'trash', 'restore', 'delete', 'prove'],
  ],
  ['Sharing', ['share', 'unshare', 'link', 'links', 'request']],
  ['Your account', ['usage', 'activity', 'settings', 'connect', 'approve', 'sessions']],
  ['This installation', ['invite']],
] as const;

export const helpWords = {
  general: (commands: readonly Command[], chat: ChatFacts): Text =>
    lines(
      'Send me a file and I save it. Send part of a name, an id, or a number from the last list, and I fetch it.',
      ...groups.flatMap(([title, names]) => {
        const shown = commands.filter(({ name }) => (names as readonly string[]).includes(name));
        return shown.length === 0
          ? []
          : [
              '',
              [{ bold: title }],
              ...names
                .flatMap((name) => shown.filter((command) => command.name === name))
                .map(
                  (command) =>
                    text`${{ code: chat.command(command.name) }} ${decapitalized(command.summary)}`,
                ),
            ];
      }),
      '',
      text`More on one of them: ${{ code: chat.command('help share') }}`,
    ),
  one: (command: Command, chat: ChatFacts): Text =>
    lines(
      [`${command.summary}.`],
      [{ code: chat.command(`${command.name} ${command.usage}`.trim()) }],
      command.examples.length === 0 ? null : exampleLine(command, chat),
      command.name === 'share' || command.name === 'link' || command.name === 'get'
        ? 'The order does not matter. A name with odd words goes in quotes.'
        : null,
    ),
  /** @param near the command that may be meant. */
  unknown: (name: string, chat: ChatFacts, near?: Command): Text =>
    near === undefined
      ? text`I do not know ${{ bold: name }}. ${{ code: chat.command('help') }} shows what I know.`
      : text`I do not know ${{ bold: name }}. Did you mean ${{ code: chat.command(near.examples[0] ?? near.name) }}?`,
  /** After a sentence that says what is wrong. */
  misunderstood: (sentence: Text, command: Command | undefined, chat: ChatFacts): Text =>
    lines(
      sentence,
      command === undefined
        ? null
        : text`Write it like this: ${{ code: chat.command(`${command.name} ${command.usage}`.trim()) }}`,
      command === undefined || command.examples.length === 0
        ? null
        : text`For example: ${{ code: chat.command(command.examples[0] ?? '') }}`,
    ),
};

const exampleLine = ({ examples }: Command, chat: ChatFacts): Text =>
  lines('For example:', ...examples.map((example): Text => [{ code: chat.command(example) }]));

const decapitalized = (summary: string) => summary.charAt(0).toLowerCase() + summary.slice(1);
