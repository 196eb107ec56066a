import { findCommand } from '../../commands/index.ts';
import type { Action } from '../../port/action.ts';
import { removeFromChat } from '../../port/removal.ts';
import { admit } from '../admission.ts';
import { converse, type Turn } from '../converse.ts';
import type { PressBody, PressedElement } from '../payloads.ts';
import { personOf } from '../person.ts';
import { findPressed } from '../../buttons.ts';
import { actionIds } from '../render/elements.ts';
import { fallbackText } from '../render/escape.ts';
import { richText } from '../render/rich-text.ts';
import type { Slack } from '../slack.ts';
import { setAside } from '../question.ts';
import { Answers } from '../ways/answers.ts';
import { Conversation } from '../ways/conversation.ts';
import type { Outlet } from '../ways/outlet.ts';
import { ResponseUrl } from '../ways/respond.ts';
import { Whisper } from '../ways/whisper.ts';
import { slackWords } from '../words.ts';
import { publishHome, refreshHomeLater, type Resident } from '../home.ts';
import { SlackUnavailable } from '../transport/web.ts';
import { turnAway } from './turned-away.ts';
import type { Work } from './work.ts';

/** Actions that change what the App Home shows, so that it is enough to show it anew. */
const shownAtHome = new Set(['settings', 'revoke']);

/** A press of a button, a choice of a menu, or a line typed into the field of a question. */
export async function onPress(slack: Slack, body: PressBody, work: Work): Promise<void> {
  const { item, signal } = work;
  const [element] = body.actions;
  const person = personOf(body);
  const pressed = element === undefined ? undefined : readPress(element);
  if (person === undefined || pressed === undefined) return;
  const outlet = outletOf(slack, person.user, body, work);
  const admission = await admit(slack, person);
  if (admission.kind !== 'member') return turnAway(admission, outlet);
  const { identity, team } = admission;
  const found = await findPressed(slack.locker.chatNotes, identity.id, pressed.reference);
  if (found.kind === 'foreign') return;
  if (found.kind === 'too-old') {
    await outlet.post({ text: fallbackText(slackWords.tooOld), blocks: richText(slackWords.tooOld) });
    return;
  }
  const { action } = found;
  const command = findCommand(action.command);
  const isHome = body.container?.type === 'view';
  const turn: Turn = {
    team,
    identity,
    typed: { words: pressed.words ?? '', people: mentionsIn(pressed.words) },
    input: action.input,
    sentAt: item.receivedAt,
    outlet: isHome && action.where === 'edit' && shownAtHome.has(action.command) ? nowhere(outlet) : outlet,
    edits: !isHome && (action.where === 'edit' || pressed.words !== undefined),
    signal,
    attempts: item.attempts,
  };
  // Also the one that was answered in its field: the next message is no other answer.
  await setAside(slack, identity.id, item);
  if (command === undefined) await say(outlet, action);
  else await converse(slack, turn, () => command);
  if (isHome) await showHome(slack, { team, identity, user: person.user }, signal);
}

/** Shows the App Home anew. What was pressed is done, and not done again because this has to wait. */
async function showHome(slack: Slack, resident: Resident, signal: AbortSignal): Promise<void> {
  try {
    await publishHome(slack, resident, signal, true);
  } catch (error) {
    if (!(error instanceof SlackUnavailable)) throw error;
    await refreshHomeLater(slack, resident);
  }
}

/** A bot cannot delete what a person sent; a command that is gone had its button in an old message. */
async function say(outlet: Outlet, { command }: Action): Promise<void> {
  const text = command === removeFromChat ? slackWords.removal : slackWords.tooOld;
  await outlet.post({ text: fallbackText(text), blocks: richText(text) });
}

function readPress(element: PressedElement): { reference: string; words: string | undefined } | undefined {
  const { action_id = '', value, selected_option } = element;
  const prefix = `${actionIds.answer}:`;
  if (action_id.startsWith(prefix)) {
    const words = typeof value === 'string' ? value.trim() : '';
    // Enter in an empty field.
    return words === '' ? undefined : { reference: action_id.slice(prefix.length), words };
  }
  const reference = selected_option?.value ?? value;
  return typeof reference === 'string' ? { reference, words: undefined } : undefined;
}

/** What is typed into a field is plain text: a mention is one only if it is written out. */
const mentionsIn = (words: string | undefined): ReadonlySet<string> =>
  new Set([...(words ?? '').matchAll(/<@([UW][A-Za-z0-9]+)>/g)].map(([, user]) => user ?? ''));

function outletOf(slack: Slack, user: string, body: PressBody, { item, signal }: Work): Outlet {
  const { container, message, response_url } = body;
  const channel = container?.channel_id ?? body.channel?.id;
  const ts = container?.message_ts ?? message?.ts;
  const answers = new Answers(slack, item, signal);
  const direct = new Conversation(slack, { user }, signal, { answers });
  if (container?.type === 'view' || channel === undefined || ts === undefined) return direct;
  if (container?.is_ephemeral === true || !channel.startsWith('D'))
    return response_url === undefined
      ? direct
      : new Whisper(new ResponseUrl(response_url, item.receivedAt), direct, signal, true);
  const threadTs = container?.thread_ts ?? message?.thread_ts;
  return new Conversation(slack, { channel }, signal, {
    threadTs: threadTs === ts ? undefined : threadTs,
    pressed: { channel, ts },
    answers,
  });
}

/** For what the App Home itself shows next; a file, or a question, still goes to the conversation. */
const nowhere = (outlet: Outlet): Outlet => ({
  address: outlet.address,
  post: async () => undefined,
  update: async () => undefined,
  replace: async () => true,
  place: () => outlet.place(),
  isElsewhere: false,
  answers: outlet.answers,
});
