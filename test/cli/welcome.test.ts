import { describe, expect, it } from 'vitest';
import { welcomeText } from '../../cli/welcome.ts';

const ready = {
  url: 'http://127.0.0.1:8420',
  databaseName: './data',
  keysFrom: './data/keys',
  keysCreated: false,
  setupCode: '4nc04-3454g-pywh5-7xt6w',
};
const telegram = { token: '1:x', apiRoot: 'http://x', isCloud: false, webhookSecret: undefined };

describe('what the operator reads at the start', () => {
  it('says how to claim the locker, by the API and in the chats that are configured', () => {
    const text = welcomeText({ ...ready, chats: { telegram, slack: undefined } });
    expect(text).toContain('curl -s http://127.0.0.1:8420/v1/setup');
    expect(text).toMatch(/Telegram, to your bot: {2}\/claim 4nc04-3454g-pywh5-7xt6w \S+/);
    expect(text).not.toContain('Slack');
  });

  it('says nothing of that once there is an owner', () => {
    const chats = { telegram, slack: undefined };
    expect(welcomeText({ ...ready, setupCode: undefined, chats })).not.toMatch(/claim/i);
  });
});
