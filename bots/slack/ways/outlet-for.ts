import type { Work } from '../handlers/work.ts';
import type { Slack } from '../slack.ts';
import { Answers } from './answers.ts';
import { Conversation } from './conversation.ts';
import type { Outlet } from './outlet.ts';
import { ResponseUrl } from './respond.ts';
import { Whisper } from './whisper.ts';

/** Where a command or a shortcut is answered: where it was used, seen by that person only, otherwise in the direct message. */
export function outletFor(
  slack: Slack,
  user: string,
  responseUrl: string | undefined,
  { item, signal }: Work,
): Outlet {
  const direct = new Conversation(slack, { user }, signal, { answers: new Answers(slack, item, signal) });
  return responseUrl === undefined
    ? direct
    : new Whisper(new ResponseUrl(responseUrl, item.receivedAt), direct, signal, false);
}
