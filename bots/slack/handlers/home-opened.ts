import { admit } from '../admission.ts';
import { publishHome, publishRefusal } from '../home.ts';
import type { EventBody, HomeOpened } from '../payloads.ts';
import { personOf } from '../person.ts';
import type { Slack } from '../slack.ts';
import { slackWords } from '../words.ts';
import type { Work } from './work.ts';

/** Someone looks at the App Home. Guests and people of other workspaces see why there is nothing for them. */
export async function onHomeOpened(slack: Slack, body: EventBody, { signal }: Work): Promise<void> {
  const person = personOf(body);
  if (person === undefined) return;
  const admission = await admit(slack, person);
  if (admission.kind === 'member') {
    const { view } = body.event as HomeOpened;
    return publishHome(slack, admission, signal, view === undefined);
  }
  // Also over what somebody saw as a member.
  if (admission.kind !== 'ignored')
    await publishRefusal(slack, person.user, slackWords[admission.kind], signal);
}
