import { createHash } from 'node:crypto';
import { isCommand, type MessageEvent, type SlackBody } from '../payloads.ts';
import { personOf } from '../person.ts';
import { uploadForm } from '../modals/upload-form.ts';
import { actionIds } from '../render/elements.ts';

/** How something is kept in the inbox. */
export interface ItemPlace {
  /** The same however often Slack delivers it. */
  readonly id: string;
  readonly lane: string;
}

/**
 * Where something goes in the inbox; undefined for what nobody waits for: what programs say, edits, other kinds of events.
 *
 * @param digest of the request, for what Slack gave no id.
 */
export function itemOf(body: SlackBody, digest: string): ItemPlace | undefined {
  if (!isCommand(body)) {
    if (body.type === 'event_callback' && !isWanted(body.event)) return undefined;
    if (body.type === 'view_closed' || body.type === 'block_suggestion') return undefined;
  }
  const person = personOf(body);
  const who = person === undefined ? 'slack' : `slack:${person.workspace ?? ''}:${person.user}`;
  const given = !isCommand(body) && body.type === 'event_callback' ? body.event_id : body.trigger_id;
  const kind = isCommand(body) ? 'command' : body.type;
  return {
    id: `slack:${kind}:${hash(given === undefined || given === '' ? digest : given)}`,
    lane: `${who}:${queueOf(body)}`,
  };
}

function isWanted(event: { readonly type: string }): boolean {
  switch (event.type) {
    case 'message': {
      const { channel_type, channel, subtype, bot_id, user } = event as MessageEvent;
      const isDirect =
        channel_type === 'im' || (channel_type === undefined && channel?.startsWith('D') === true);
      const isNew = subtype === undefined || subtype === 'file_share' || subtype === 'thread_broadcast';
      return isDirect && isNew && bot_id === undefined && user !== undefined;
    }
    case 'app_home_opened':
      return (event as { tab?: string }).tab !== 'messages';
    case 'app_uninstalled':
    case 'tokens_revoked':
      return true;
    default:
      return false;
  }
}

/**
 * What a person does one thing after the other. What takes long holds up nothing else, and where Slack asks to wait before
 * the next message, what is answered in another way goes on.
 */
function queueOf(body: SlackBody): 'words' | 'commands' | 'presses' | 'files' | 'fetch' {
  if (isCommand(body)) return isGet(body.text) ? 'fetch' : 'commands';
  switch (body.type) {
    case 'event_callback': {
      const { files = [], text } = body.event as MessageEvent;
      return files.length > 0 ? 'files' : isGet(text) ? 'fetch' : 'words';
    }
    case 'block_actions':
      return body.actions[0]?.action_id?.startsWith(`${actionIds.fetch}:`) === true ? 'fetch' : 'presses';
    case 'view_submission':
      return body.view.callback_id === uploadForm ? 'files' : 'presses';
    case 'message_action':
      return 'files';
    case 'shortcut':
    case 'view_closed':
    case 'block_suggestion':
      break;
  }
  return 'presses';
}

const isGet = (text: string | undefined) => /^\s*get\s/i.test(text ?? '');

const hash = (text: string) => createHash('sha256').update(text).digest('base64url');
