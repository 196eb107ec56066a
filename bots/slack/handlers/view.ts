import { findCommand, saveCommand } from '../../commands/index.ts';
import { admit } from '../admission.ts';
import { converse, type Turn } from '../converse.ts';
import { attachmentsOf } from '../files/attachment.ts';
import { problemsOf, readUploadForm, uploadForm } from '../modals/upload-form.ts';
import { readShareForm, shareForm, shareProblems } from '../modals/share-form.ts';
import type { ViewBody } from '../payloads.ts';
import { personOf } from '../person.ts';
import { setAside } from '../question.ts';
import { findPressed } from '../../buttons.ts';
import { fallbackText } from '../render/escape.ts';
import { richText } from '../render/rich-text.ts';
import type { Slack } from '../slack.ts';
import { Answers } from '../ways/answers.ts';
import { Conversation } from '../ways/conversation.ts';
import { slackWords } from '../words.ts';
import { turnAway } from './turned-away.ts';
import type { Work } from './work.ts';

/** What is wrong with a form that was sent, by its fields: said at once, without a look at the database. */
export function viewProblems(body: ViewBody, now: number): Record<string, string> {
  if (body.view.callback_id === uploadForm) return problemsOf(readUploadForm(body));
  return body.view.callback_id === shareForm ? shareProblems(readShareForm(body), now) : {};
}

/** A form that was sent: answered in the direct message. */
export async function onView(slack: Slack, body: ViewBody, work: Work): Promise<void> {
  const { item, signal } = work;
  const person = personOf(body);
  if (person === undefined) return;
  const outlet = new Conversation(slack, { user: person.user }, signal, {
    answers: new Answers(slack, item, signal),
  });
  const admission = await admit(slack, person);
  if (admission.kind !== 'member') return turnAway(admission, outlet);
  const { identity, team } = admission;
  await setAside(slack, identity.id, item);
  const turn: Turn = {
    team,
    identity,
    typed: { words: '', people: new Set<string>() },
    sentAt: item.receivedAt,
    outlet,
    signal,
    attempts: item.attempts,
  };
  if (body.view.callback_id === uploadForm) await saveForm(slack, body, turn);
  if (body.view.callback_id === shareForm) await share(slack, body, turn);
}

async function saveForm(slack: Slack, body: ViewBody, turn: Turn): Promise<void> {
  const { files, wantsLink, name, folder, tags } = readUploadForm(body);
  const attachments = await attachmentsOf(slack, turn.team, files);
  const [only] = attachments;
  // One file may be called otherwise; what has no extension keeps the one that it came with.
  const named =
    only === undefined || name === '' ? attachments : [{ ...only, name: withExtension(name, only.name) }];
  const typed = {
    words: [folder, tags.map((tag) => `#${tag}`).join(' ')].filter((line) => line !== '').join('\n'),
    people: new Set<string>(),
  };
  if (named.length > 0) await converse(slack, { ...turn, typed, attachments: named }, () => saveCommand);
  const link = wantsLink ? findCommand('upload-link') : undefined;
  if (link !== undefined) await converse(slack, { ...turn, input: { name, folder, tags } }, () => link);
}

function withExtension(name: string, original: string | undefined): string {
  const extension = /\.[^.\s/\\]{1,16}$/u;
  return extension.test(name) ? name : name + (extension.exec(original ?? '')?.[0] ?? '');
}

async function share(slack: Slack, body: ViewBody, turn: Turn): Promise<void> {
  const command = findCommand('share');
  const { input, user, pressed } = readShareForm(body);
  if (command === undefined || user === undefined) return;
  const typed = { words: `<@${user}>`, people: new Set([user]) };
  const found =
    pressed === undefined ? undefined : await findPressed(slack.locker.chatNotes, turn.identity.id, pressed);
  if (found?.kind === 'foreign') return;
  if (found?.kind === 'too-old') {
    await turn.outlet.post({ text: fallbackText(slackWords.tooOld), blocks: richText(slackWords.tooOld) });
    return;
  }
  const shared = found?.action.input ?? {};
  await converse(slack, { ...turn, typed, input: { ...shared, ...input } }, () => command);
}
