import type { Command } from './command.ts';

/** Looks whether the Slack app is set up. */
export const slackCommand: Command = {
  name: 'slack',
  usage: 'slack check',
  summary: 'say which scope or setting the Slack app lacks, and the remedy; exit code 1 then',
  run: async ({ config, log, words, print }) => {
    if (words.length !== 1 || words[0] !== 'check') {
      print('Use: node . slack check');
      return 2;
    }
    if (config.slack === undefined) {
      print(
        'SLACK_BOT_TOKEN is not set. Create the app from bots/slack/manifest.yaml, install it, and set the token.',
      );
      return 1;
    }
    // Slack's library takes longer to load than any other command takes to run.
    const { checkSlack } = await import('../bots/slack/check.ts');
    const { host, port } = config;
    const publicUrl = config.publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const findings = await checkSlack(config.slack, publicUrl, log);
    for (const { ok, text } of findings) print(`${ok ? 'ok     ' : 'PROBLEM'} ${text}`);
    return findings.every(({ ok }) => ok) ? 0 : 1;
  },
};
