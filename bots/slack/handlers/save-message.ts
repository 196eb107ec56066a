import { saveCommand } from '../../commands/index.ts';
import { admit } from '../admission.ts';
import { converse } from '../converse.ts';
import { attachmentsOf } from '../files/attachment.ts';
import type { ShortcutBody } from '../payloads.ts';
import { personOf } from '../person.ts';
import { setAside } from '../question.ts';
import type { Slack } from '../slack.ts';
import { outletFor } from '../ways/outlet-for.ts';
import { turnAway } from './turned-away.ts';
import type { Work } from './work.ts';

/** "Save to Coffer": the files of any message that the person sees. What somebody wrote beside them is not the person's. */
export async function onSaveMessage(slack: Slack, body: ShortcutBody, work: Work): Promise<void> {
  const { item, signal } = work;
  const person = personOf(body);
  if (person === undefined) return;
  const outlet = outletFor(slack, person.user, body.response_url, work);
  const admission = await admit(slack, person);
  if (admission.kind !== 'member') return turnAway(admission, outlet);
  const { identity, team } = admission;
  await setAside(slack, identity.id, item);
  const seconds = Number(body.message?.ts ?? body.message_ts);
  const turn = {
    team,
    identity,
    typed: { words: '', people: new Set<string>() },
    attachments: await attachmentsOf(slack, team, body.message?.files ?? []),
    sentAt: Number.isFinite(seconds) ? new Date(seconds * 1000) : item.receivedAt,
    outlet,
    signal,
    attempts: item.attempts,
  };
  await converse(slack, turn, () => saveCommand);
}
