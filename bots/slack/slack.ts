import type { Locker } from '../../src/locker.ts';
import type { ChatFacts } from '../port/command.ts';
import type { SlackSettings } from '../../src/slack-settings.ts';
import type { FileHosts } from './files/file-hosts.ts';
import type { SlackWeb } from './transport/web.ts';
import type { Workspace } from './workspace.ts';

/** What everything of the Slack front end works with. Made once, by `startSlack`. */
export interface Slack {
  readonly locker: Locker;
  readonly config: SlackSettings;
  readonly web: SlackWeb;
  readonly workspace: Workspace;
  readonly files: FileHosts;
  /** How the world reaches the API, without a trailing slash. */
  readonly publicUrl: () => string;
}

/** The slash command, as the manifest names it. */
export const slashCommand = '/coffer';

export const slackFacts: ChatFacts = {
  name: 'slack',
  // It differs by plan and workspace; where it is reached, Slack says so, and a link is given.
  deliveryLimitBytes: null,
  deletesMessages: false,
  fetchesAgain: false,
  command: (words) => `${slashCommand} ${words}`,
};
