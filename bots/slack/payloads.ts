/**
 * What Slack sends, as far as it is read here. Every field may be missing: what is signed is from Slack, and still of any
 * age and plan. Names are Slack's.
 */

export interface SlackFile {
  readonly id?: string;
  readonly name?: string | null;
  readonly title?: string | null;
  readonly mimetype?: string;
  readonly filetype?: string;
  readonly size?: number;
  readonly mode?: string;
  readonly file_access?: string;
  readonly is_external?: boolean;
  readonly external_type?: string;
  readonly url_private?: string;
  readonly url_private_download?: string;
}

export interface MessageEvent {
  readonly type: 'message';
  readonly subtype?: string;
  readonly channel?: string;
  readonly channel_type?: string;
  readonly user?: string;
  readonly bot_id?: string;
  readonly app_id?: string;
  readonly text?: string;
  readonly blocks?: unknown;
  readonly files?: readonly SlackFile[];
  readonly ts?: string;
  readonly thread_ts?: string;
  readonly team?: string;
  readonly user_team?: string;
  readonly source_team?: string;
}

export interface HomeOpened {
  readonly type: 'app_home_opened';
  readonly user?: string;
  readonly tab?: string;
  readonly view?: { readonly id?: string };
}

export interface AppRemoved {
  readonly type: 'app_uninstalled' | 'tokens_revoked';
  readonly tokens?: { readonly bot?: readonly string[] };
}

export interface EventBody {
  readonly type: 'event_callback';
  readonly event_id?: string;
  readonly event_time?: number;
  readonly team_id?: string;
  readonly enterprise_id?: string | null;
  readonly context_team_id?: string;
  readonly is_ext_shared_channel?: boolean;
  readonly event: MessageEvent | HomeOpened | AppRemoved | { readonly type: string };
}

export interface CommandBody {
  readonly command: string;
  readonly text?: string;
  readonly user_id?: string;
  readonly user_name?: string;
  readonly team_id?: string;
  readonly enterprise_id?: string;
  readonly channel_id?: string;
  readonly trigger_id?: string;
  readonly response_url?: string;
}

interface Interaction {
  readonly trigger_id?: string;
  readonly response_url?: string;
  readonly team?: { readonly id?: string; readonly enterprise_id?: string } | null;
  readonly enterprise?: { readonly id?: string } | null;
  readonly user?: {
    readonly id?: string;
    readonly username?: string;
    readonly name?: string;
    readonly team_id?: string;
  };
  readonly channel?: { readonly id?: string };
}

export interface PressBody extends Interaction {
  readonly type: 'block_actions';
  readonly container?: {
    readonly type?: string;
    readonly message_ts?: string;
    readonly channel_id?: string;
    readonly is_ephemeral?: boolean;
    readonly thread_ts?: string;
  };
  readonly message?: { readonly ts?: string; readonly thread_ts?: string };
  readonly actions: readonly PressedElement[];
}

export interface PressedElement {
  readonly type?: string;
  readonly action_id?: string;
  readonly block_id?: string;
  readonly value?: string | null;
  readonly selected_option?: { readonly value?: string } | null;
  readonly action_ts?: string;
}

export interface ShortcutBody extends Interaction {
  readonly type: 'shortcut' | 'message_action';
  readonly callback_id?: string;
  readonly message_ts?: string;
  readonly action_ts?: string;
  readonly message?: MessageEvent;
}

export interface ViewBody extends Interaction {
  readonly type: 'view_submission' | 'view_closed';
  readonly view: {
    readonly id?: string;
    readonly callback_id?: string;
    readonly private_metadata?: string;
    readonly state?: { readonly values?: Readonly<Record<string, Readonly<Record<string, ViewValue>>>> };
  };
}

export interface ViewValue {
  readonly type?: string;
  readonly value?: string | null;
  readonly selected_option?: { readonly value?: string } | null;
  readonly selected_options?: readonly { readonly value?: string }[];
  readonly selected_user?: string | null;
  readonly selected_date_time?: number | null;
  readonly files?: readonly SlackFile[];
}

export interface SuggestionBody extends Interaction {
  readonly type: 'block_suggestion';
  readonly action_id?: string;
  readonly value?: string;
}

export type SlackBody = EventBody | CommandBody | PressBody | ShortcutBody | ViewBody | SuggestionBody;

/** Tells what came; undefined for what is none of it. */
export function readBody(value: unknown): SlackBody | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const body = value as Record<string, unknown>;
  if (typeof body['command'] === 'string') return value as CommandBody;
  switch (body['type']) {
    case 'event_callback': {
      const event = body['event'] as { type?: unknown } | null | undefined;
      return typeof event === 'object' && event !== null && typeof event.type === 'string'
        ? (value as EventBody)
        : undefined;
    }
    case 'block_actions':
      return Array.isArray(body['actions']) && body['actions'].length > 0 ? (value as PressBody) : undefined;
    case 'shortcut':
    case 'message_action':
      return value as ShortcutBody;
    case 'view_submission':
    case 'view_closed':
      return typeof body['view'] === 'object' && body['view'] !== null ? (value as ViewBody) : undefined;
    case 'block_suggestion':
      return value as SuggestionBody;
    default:
      return undefined;
  }
}

export const isCommand = (body: SlackBody): body is CommandBody => 'command' in body;
