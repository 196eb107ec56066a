import { admit } from '../admission.ts';
import { publishHome } from '../home.ts';
import type { EventBody, HomeOpened } from '../payloads.ts';
import { personOf } from '../person.ts';
import type { Slack } from '../slack.ts';
import type { Work } from './work.ts';

/** Someone looks at the App Home. Guests and others see Slack's empty one. */
export async function onHomeOpened(slack: Slack, body: EventBody, { signal }: Work): Promise<void> {
  const person = personOf(body);
  if (person === undefined) return;
  const admission = await admit(slack, person);
  if (admission.kind !== 'member') return;
  const { view } = body.event as HomeOpened;
  await publishHome(slack, admission, signal, view === undefined);
}
