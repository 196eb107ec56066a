import { findAnswer, findCommand, saveCommand } from '../../commands/index.ts';
import { admit } from '../admission.ts';
import { converse, type Turn } from '../converse.ts';
import { attachmentsOf } from '../files/attachment.ts';
import type { EventBody, MessageEvent } from '../payloads.ts';
import { personOf } from '../person.ts';
import type { Slack } from '../slack.ts';
import { slashCommand } from '../slack.ts';
import { findQuestion, forget, setAside } from '../question.ts';
import { cardKey } from '../speak.ts';
import { readTyped } from '../typed.ts';
import { Answers } from '../ways/answers.ts';
import { Conversation } from '../ways/conversation.ts';
import { turnAway } from './turned-away.ts';
import type { Work } from './work.ts';

/** A direct message: with files it saves them, with words it is a command, an answer to a question, or names a file. */
export async function onMessage(slack: Slack, body: EventBody, work: Work): Promise<void> {
  const event = body.event as MessageEvent;
  const person = personOf(body);
  const { channel, ts } = event;
  if (person === undefined || channel === undefined || ts === undefined) return;
  const { item, signal } = work;
  const threadTs = event.thread_ts === ts ? undefined : event.thread_ts;
  const outlet = new Conversation(slack, { channel }, signal, {
    threadTs,
    answers: new Answers(slack, item, signal),
  });
  const admission = await admit(slack, person);
  if (admission.kind !== 'member') return turnAway(admission, outlet);
  const { identity, team } = admission;
  const { chatNotes } = slack.locker;
  const files = event.files ?? [];
  const read = readTyped(event.text, event.blocks);
  const { user: self } = await slack.workspace.self();
  const typed = files.length > 0 ? read : { ...read, words: withoutPrefix(read.words, self) };
  const card =
    threadTs === undefined
      ? undefined
      : await chatNotes.get<{ file: string }>(identity.id, cardKey({ channel, ts: threadTs }));
  const turn: Turn = {
    team,
    identity,
    typed,
    sentAt: new Date(Number(ts) * 1000),
    message: `${channel}:${ts}`,
    repliesTo: card?.file,
    outlet,
    signal,
    attempts: item.attempts,
  };
  if (files.length > 0) {
    await setAside(slack, identity.id, item);
    const attachments = await attachmentsOf(slack, team, files);
    await converse(slack, { ...turn, attachments }, () => saveCommand);
    return;
  }
  if (isCommand(typed.words)) {
    await setAside(slack, identity.id, item);
    return converse(slack, turn, findAnswer);
  }
  const question = await findQuestion(slack, identity.id);
  const asked = question === undefined ? undefined : findCommand(question.answer.command);
  // A message opens no form.
  const wished = typed.words.toLowerCase() === 'upload' ? findCommand('upload-link') : asked;
  if (wished !== undefined && wished !== asked) await converse(slack, { ...turn, input: {} }, () => wished);
  else if (question === undefined || asked === undefined) await converse(slack, turn, findAnswer);
  else await converse(slack, { ...turn, input: question.answer.input }, () => asked);
  // Afterwards, so that an attempt that was cut off finds it again; a question that came with the answer stays.
  if (question !== undefined) await forget(slack, identity.id, question);
}

/** In a direct message nobody needs the slash command, and some type it with a space before, or name the app. */
const withoutPrefix = (words: string, self: string | undefined): string => {
  const trimmed = words.replace(`<@${self}>`, '').trim();
  const [first = ''] = trimmed.split(/\s+/);
  if (first.toLowerCase() === slashCommand) return trimmed.slice(first.length).trim();
  return findCommand(first.slice(1)) !== undefined && first.startsWith('/') ? trimmed.slice(1) : trimmed;
};

const isCommand = (words: string): boolean => findCommand(words.split(/\s+/)[0] ?? '')?.listed === true;
