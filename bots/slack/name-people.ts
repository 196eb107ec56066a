import type { Text } from '../port/text.ts';
import type { Slack } from './slack.ts';

const mention = /<@([UW][A-Za-z0-9]+)>/g;

/**
 * Puts names in place of the mentions that a sentence repeats: `@bob has no account here`, as plain text, which mentions
 * nobody. Only people whom the person mentioned are looked up.
 */
export async function namePeople(
  { workspace }: Slack,
  people: ReadonlySet<string>,
  text: Text,
): Promise<Text> {
  if (people.size === 0) return text;
  const names = new Map<string, string>();
  for (const user of people) {
    // Without a name the id says more than nothing.
    const profile = await workspace.profile(user).catch(() => undefined);
    if (profile?.name !== undefined) names.set(user, profile.name);
  }
  return text.map((span) =>
    typeof span === 'string'
      ? span.replaceAll(mention, (whole, user: string) => {
          const name = names.get(user);
          return name === undefined ? whole : `@${name}`;
        })
      : span,
  );
}
