import type { types } from '@slack/bolt';
import { findIdentity } from '../../../src/accounts/identity.ts';
import { listFiles } from '../../../src/files/list.ts';
import { admit } from '../admission.ts';
import type { SuggestionBody } from '../payloads.ts';
import { personOf } from '../person.ts';
import { maxLabel, plainText } from '../render/elements.ts';
import type { Slack } from '../slack.ts';

const maxOptions = 50;

/** The files that a form offers for what was typed so far: the person's own, newest first. */
export async function suggestFiles(slack: Slack, body: SuggestionBody): Promise<types.PlainTextOption[]> {
  const person = personOf(body);
  if (person === undefined) return [];
  const admission = await admit(slack, person);
  if (admission.kind !== 'member') return [];
  const actor = await findIdentity(slack.locker, admission.identity.id);
  if (actor === undefined) return [];
  const query = (body.value ?? '').trim();
  const { files } = await listFiles(slack.locker, actor, {
    whose: 'me',
    limit: maxOptions,
    ...(query === '' ? {} : { query }),
  });
  return files.map(({ id, name, folder }) => ({
    text: plainText(name, maxLabel),
    value: id,
    ...(folder === null || folder === '/' ? {} : { description: plainText(folder, maxLabel) }),
  }));
}
