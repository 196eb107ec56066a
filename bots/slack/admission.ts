import type { Identity } from '../../src/accounts/identity.ts';
import type { Person } from './person.ts';
import type { Slack } from './slack.ts';

/** Whether someone may use the locker at all; what they may do there is decided in `src`. */
export type Admission =
  | { readonly kind: 'member'; readonly user: string; readonly team: string; readonly identity: Identity }
  /** Told so, and nothing else. */
  | { readonly kind: 'guest' | 'foreign'; readonly user: string }
  /** A program, or the app itself. */
  | { readonly kind: 'ignored' };

/**
 * Tells the people of the workspace from its guests, from people of other workspaces, who come along in shared channels,
 * and from programs.
 *
 * @throws SlackUnavailable, SlackRefusal for a bad token.
 */
export async function admit({ workspace }: Slack, person: Person): Promise<Admission> {
  const self = await workspace.self();
  const { user } = person;
  if (user === self.user || user === 'USLACKBOT') return { kind: 'ignored' };
  const own = new Set([self.team, self.enterprise]);
  const claimed = [...person.teams, ...(person.workspace === undefined ? [] : [person.workspace])];
  if (claimed.some((team) => !own.has(team))) return { kind: 'foreign', user };
  const { standing, name } = await workspace.profile(user);
  if (standing === 'program') return { kind: 'ignored' };
  if (standing === 'guest' || standing === 'foreign') return { kind: standing, user };
  // Slack does not say what they are, but at least where they are from.
  if (standing === 'unknown' && claimed.length === 0) return { kind: 'foreign', user };
  return {
    kind: 'member',
    user,
    team: self.team,
    identity: { id: identityOf(self.team, user), label: name ?? person.name },
  };
}

export const identityOf = (team: string, user: string): string => `slack:${team}:${user}`;

/** The parts of an identity of Slack; undefined for another one. */
export function partsOf(identity: string): { team: string; user: string } | undefined {
  const [, team, user] = /^slack:([A-Za-z0-9]+):([A-Za-z0-9]+)$/.exec(identity) ?? [];
  return team === undefined || user === undefined ? undefined : { team, user };
}
