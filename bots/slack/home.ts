import { createHash } from 'node:crypto';
import { findIdentity, type Identity } from '../../src/accounts/identity.ts';
import { LockerError } from '../../src/errors.ts';
import { findCommand } from '../commands/index.ts';
import type { Action, Input } from '../port/action.ts';
import type { Context } from '../port/command.ts';
import type { Reply } from '../port/reply.ts';
import type { Text } from '../port/text.ts';
import { explain } from '../words/errors.ts';
import { accountWords } from '../words/accounts.ts';
import { identityOf } from './admission.ts';
import { contextOf, incomingOf } from './context.ts';
import { withButtons } from '../buttons.ts';
import { buttonRow, plainText } from './render/elements.ts';
import { type Block, maxViewBlocks } from './render/message.ts';
import { blocksOf, type Shown } from './render/render.ts';
import { richText } from './render/rich-text.ts';
import { slackFacts, type Slack } from './slack.ts';

/** Whose App Home it is. */
export interface Resident {
  readonly team: string;
  readonly identity: Identity;
  readonly user: string;
}

/** What one mostly wants, above everything. */
const wishes: readonly Action[] = [
  { label: 'Save a file', command: 'upload-link', input: {}, style: 'primary' },
  { label: 'All files', command: 'list', input: {} },
  { label: 'Help', command: 'help', input: {} },
];

/** What the App Home shows: the same commands that one can type, under headings. */
const sections: readonly { readonly title: string; readonly command: string; readonly input: Input }[] = [
  { title: 'Your locker', command: 'usage', input: {} },
  { title: 'Recent files', command: 'list', input: {} },
  { title: 'Shared with you', command: 'list', input: { whose: 'others' } },
  { title: 'Open links', command: 'links', input: {} },
  { title: 'Activity', command: 'activity', input: {} },
  // A clock would be wrong soon, and make every look at it a change.
  { title: 'Settings', command: 'settings', input: { clock: false } },
];
const maxEntries = 5;
const maxBlocksPerSection = 15;
/** Buttons live longer, so a view that did not change may stand for a day. */
const freshMs = 24 * 3600 * 1000;

/** An App Home that is to be published anew, as the inbox keeps it. */
export interface HomeItem {
  readonly kind: 'home';
  readonly user: string;
}

interface Published {
  readonly hash: string;
  readonly at: number;
}

const homeKey = 'slack-home';

/**
 * Publishes the App Home of a person, if it differs from what is there.
 *
 * @param always also if it does not differ: its person looks at an empty one, or at buttons that were used.
 */
export async function publishHome(
  slack: Slack,
  resident: Resident,
  signal: AbortSignal,
  always: boolean,
): Promise<void> {
  const { locker, web } = slack;
  const { identity, user } = resident;
  const shown = await contentsOf(slack, resident, signal);
  const reader = { now: locker.now(), timeZone: shown.timeZone };
  const build = (reference: Parameters<typeof blocksOf>[2]): Block[] =>
    [
      ...buttonRow(shown.isStranger ? [] : wishes, reference),
      ...shown.sections.flatMap(({ title, replies }): Block[] => [
        ...(title === '' ? [] : [{ type: 'header' as const, text: plainText(title, 150) }]),
        ...replies.flatMap((reply) => blocksOf(reply, reader, reference)).slice(0, maxBlocksPerSection),
      ]),
    ].slice(0, maxViewBlocks);
  const hash = createHash('sha256')
    .update(JSON.stringify(build(({ command, input }) => JSON.stringify([command, input]))))
    .digest('base64url');
  const before = await locker.chatNotes.get<Published>(identity.id, homeKey);
  const at = reader.now.getTime();
  if (!always && before?.hash === hash && at - before.at < freshMs) return;
  const blocks = await withButtons(locker.chatNotes, identity.id, build);
  await web.call('views.publish', { user_id: user, view: { type: 'home', blocks } }, { signal });
  await locker.chatNotes.set(identity.id, homeKey, { hash, at } satisfies Published, null);
}

/**
 * Has the App Home published anew soon, if its person ever looked at it: many changes at once are one.
 */
export async function refreshHomeLater(
  { locker }: Slack,
  { identity, user }: Omit<Resident, 'team'>,
): Promise<void> {
  if ((await locker.chatNotes.get<Published>(identity.id, homeKey)) === undefined) return;
  const everyMs = 20_000;
  const slot = Math.floor(locker.now().getTime() / everyMs);
  await locker.inbox.put({
    id: `slack:home:${identity.id}:${slot}`,
    chat: 'slack',
    lane: `slack:home:${identity.id}`,
    payload: { kind: 'home', user } satisfies HomeItem,
    notBefore: new Date((slot + 1) * everyMs),
  });
}

/** Publishes the App Home of someone. */
export async function publishHomeOf(slack: Slack, { user }: HomeItem, signal: AbortSignal): Promise<void> {
  const { team } = await slack.workspace.self();
  await publishHome(slack, { team, user, identity: { id: identityOf(team, user) } }, signal, false);
}

async function contentsOf(slack: Slack, { team, identity }: Resident, signal: AbortSignal) {
  const { locker } = slack;
  const actor = await findIdentity(locker, identity.id);
  const context = quiet(contextOf(slack, identity.id, signal));
  const { timeZone } = await context.memory.settings();
  if (actor === undefined) {
    const text = accountWords.stranger(slackFacts);
    return {
      timeZone,
      isStranger: true,
      sections: [{ title: '', replies: [{ kind: 'note', text } as Shown] }],
    };
  }
  const filled = [];
  for (const { title, command, input } of sections) {
    const incoming = incomingOf(
      { team, identity, typed: { words: '', people: new Set() }, input, sentAt: locker.now() },
      actor,
    );
    const replies: Shown[] = [];
    try {
      for await (const reply of findCommand(command)?.run(context, incoming) ?? [])
        replies.push(...fitting(reply, title));
    } catch (error) {
      if (!(error instanceof LockerError)) throw error;
      replies.push({ kind: 'note', text: explain(error, slackFacts) });
    }
    filled.push({ title, replies });
  }
  return { timeZone, isStranger: false, sections: filled };
}

/** The App Home is no list that one refers to by number. */
const quiet = (context: Context): Context => ({
  ...context,
  memory: { ...context.memory, rememberList: async () => {} },
});

function fitting(reply: Reply, heading: string): Shown[] {
  if (reply.kind === 'delivery' || reply.kind === 'removal' || reply.kind === 'progress') return [];
  if (reply.kind === 'note') return [{ ...reply, text: below(heading, reply.text) }];
  if (reply.kind !== 'list') return [reply];
  const { previous: _previous, next: _next, ...list } = reply;
  return [
    {
      ...list,
      title: [],
      entries: list.entries.slice(0, maxEntries).map((entry) => ({ ...entry, number: null })),
    },
  ];
}

/** What a note says below a heading: without a first line that says the same. */
function below(heading: string, text: Text): Text {
  const [first] = text;
  if (typeof first !== 'object' || !('bold' in first) || first.bold !== heading) return text;
  const begin = text.findIndex((span, index) => index > 0 && span !== '\n');
  return begin === -1 ? text : text.slice(begin);
}

/** Publishes the App Home of someone who may not use the locker: a sentence. */
export async function publishRefusal(
  { web }: Slack,
  user: string,
  text: Text,
  signal: AbortSignal,
): Promise<void> {
  await web.call(
    'views.publish',
    { user_id: user, view: { type: 'home', blocks: richText(text) } },
    { signal },
  );
}
