import { setTimeout } from 'node:timers/promises';
import type { types } from '@slack/bolt';
import { findIdentity } from '../../../src/accounts/identity.ts';
import { accountWords } from '../../words/accounts.ts';
import { admit } from '../admission.ts';
import { shareView } from '../modals/share-form.ts';
import { uploadView } from '../modals/upload-form.ts';
import { isCommand, type SlackBody } from '../payloads.ts';
import type { Person } from '../person.ts';
import { actionIds } from '../render/elements.ts';
import { fallbackText } from '../render/escape.ts';
import type { Slack } from '../slack.ts';
import { SlackRefusal } from '../transport/web.ts';
import { slackFacts } from '../slack.ts';
import { slackWords } from '../words.ts';

/** How long it may take to look who asks, before the form is opened to whoever it is: what is sent is looked at anyway. */
const lookMs = 700;
/** Slack takes a trigger for three seconds, and waits no longer for its answer. */
const openMs = 1900;

/** The form that something asks for, if it is a form: only then is there a trigger to use at once. */
export function formOf(body: SlackBody): types.ModalView | undefined {
  if (isCommand(body)) {
    const words = (body.text ?? '').trim().toLowerCase();
    if (words === 'upload') return uploadView();
    return words === 'share' ? shareView() : undefined;
  }
  if (body.type === 'shortcut') return uploadView();
  const [pressed] = body.type === 'block_actions' ? body.actions : [];
  if (pressed?.action_id?.startsWith(`${actionIds.uploadForm}:`) === true) return uploadView();
  return pressed?.action_id?.startsWith(`${actionIds.shareForm}:`) === true &&
    typeof pressed.value === 'string'
    ? shareView(pressed.value)
    : undefined;
}

/** The form of a button could not be opened: the press goes the way of all others, and ends in a question. */
export class FormNotOpened extends Error {
  constructor() {
    super('the form was not opened');
    this.name = 'FormNotOpened';
  }
}

/**
 * Opens a form, at once and before any slow work, since its trigger dies in seconds.
 *
 * @returns what to tell the person instead, if it was not opened.
 */
export async function openForm(
  slack: Slack,
  view: types.ModalView,
  person: Person,
  triggerId: string | undefined,
): Promise<string | undefined> {
  const refusal = await Promise.race([
    refusalFor(slack, person),
    setTimeout(lookMs, undefined, { ref: false }),
  ]);
  if (refusal !== undefined) return refusal;
  try {
    const opened = await Promise.race([
      slack.web
        .call('views.open', { trigger_id: triggerId ?? '', view }, { patienceMs: openMs })
        .then(() => true),
      setTimeout(openMs, false, { ref: false }),
    ]);
    if (opened) return undefined;
  } catch (error) {
    const reason = error instanceof SlackRefusal ? error.code : 'unavailable';
    slack.locker.log.warn({ reason }, 'Slack did not open a form');
  }
  return slackWords.noForm;
}

/** What someone is told who may not use the locker; undefined for everybody else, and if it cannot be found out now. */
async function refusalFor(slack: Slack, person: Person): Promise<string | undefined> {
  try {
    const admission = await admit(slack, person);
    if (admission.kind === 'ignored') return '';
    if (admission.kind !== 'member') return fallbackText(slackWords[admission.kind]);
    const actor = await findIdentity(slack.locker, admission.identity.id);
    return actor === undefined ? fallbackText(accountWords.stranger(slackFacts)) : undefined;
  } catch {
    return undefined;
  }
}
