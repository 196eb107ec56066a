import { findAnswer } from '../../commands/index.ts';
import { admit } from '../admission.ts';
import { converse } from '../converse.ts';
import type { CommandBody } from '../payloads.ts';
import { personOf } from '../person.ts';
import { setAside } from '../question.ts';
import type { Slack } from '../slack.ts';
import { readTyped } from '../typed.ts';
import { outletFor } from '../ways/outlet-for.ts';
import { turnAway } from './turned-away.ts';
import type { Work } from './work.ts';

/** `/coffer <words>`, anywhere: the whole vocabulary. */
export async function onCommand(slack: Slack, body: CommandBody, work: Work): Promise<void> {
  const { item, signal } = work;
  const person = personOf(body);
  if (person === undefined) return;
  const outlet = outletFor(slack, person.user, body.response_url, work);
  const admission = await admit(slack, person);
  if (admission.kind !== 'member') return turnAway(admission, outlet);
  const { identity, team } = admission;
  await setAside(slack, identity.id, item);
  const turn = {
    team,
    identity,
    typed: readTyped(body.text),
    sentAt: item.receivedAt,
    outlet,
    signal,
    attempts: item.attempts,
  };
  await converse(slack, turn, findAnswer);
}
