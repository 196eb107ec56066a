import { findIdentity } from '../../src/accounts/identity.ts';
import { chatMemory } from '../memory.ts';
import type { Chat } from '../port/chat.ts';
import { partsOf } from './admission.ts';
import type { Slack } from './slack.ts';
import { speak } from './speak.ts';
import { SlackRefusal } from './transport/web.ts';
import { Conversation } from './ways/conversation.ts';

/** Refusals that say that there is nobody to talk to. */
const unreachable = new Set([
  'account_inactive',
  'cannot_dm_bot',
  'channel_not_found',
  'is_archived',
  'messages_tab_disabled',
  'restricted_action',
  'user_disabled',
  'user_not_found',
  'user_not_visible',
  'users_not_found',
]);

/** Tells people of the workspace something in the direct message. */
export const slackChat = (slack: Slack, signal: AbortSignal): Chat => ({
  name: 'slack',
  tell: async (identity, replies) => {
    const { locker, workspace } = slack;
    const parts = partsOf(identity);
    if (parts === undefined || parts.team !== (await workspace.self()).team) return false;
    const { timeZone } = await chatMemory(locker.chatNotes, identity).settings();
    try {
      await speak(
        slack,
        {
          identity,
          actor: await findIdentity(locker, identity),
          reader: { now: locker.now(), timeZone },
          outlet: new Conversation(slack, { user: parts.user }, signal),
          edits: false,
          signal,
        },
        replies,
      );
      return true;
    } catch (error) {
      if (error instanceof SlackRefusal && unreachable.has(error.code)) return false;
      throw error;
    }
  },
});
