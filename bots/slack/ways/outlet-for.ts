import type { Slack } from '../slack.ts';
import { Conversation } from './conversation.ts';
import type { Outlet } from './outlet.ts';
import { ResponseUrl } from './respond.ts';
import { Whisper } from './whisper.ts';

/** Where a command or a shortcut is answered: where it was used, seen by that person only, otherwise in the direct message. */
export function outletFor(
  slack: Slack,
  user: string,
  responseUrl: string | undefined,
  receivedAt: Date,
  signal: AbortSignal,
): Outlet {
  const direct = new Conversation(slack, { user }, signal);
  return responseUrl === undefined
    ? direct
    : new Whisper(new ResponseUrl(responseUrl, receivedAt), direct, signal, false);
}
