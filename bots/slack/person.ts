import { isCommand, type MessageEvent, type SlackBody } from './payloads.ts';

/** Who sent something, as Slack says it in what it sent. */
export interface Person {
  readonly user: string;
  /** Every workspace or organisation that is named as the person's own; empty if none is. */
  readonly teams: readonly string[];
  /** Workspace in which the app was addressed. */
  readonly workspace: string | undefined;
  readonly name: string | undefined;
}

/** Reads who sent something; undefined if nobody did. */
export function personOf(body: SlackBody): Person | undefined {
  if (isCommand(body)) return person(body.user_id, [body.team_id], body.team_id, body.user_name);
  if (body.type === 'event_callback') {
    const event = body.event as Partial<MessageEvent>;
    return person(
      event.user,
      [event.user_team, event.source_team, event.team],
      body.context_team_id ?? body.team_id,
    );
  }
  const { user, team } = body;
  return person(user?.id, [user?.team_id], team?.id, user?.name ?? user?.username);
}

const person = (
  user: string | undefined,
  teams: readonly (string | undefined)[],
  workspace: string | undefined,
  name?: string,
): Person | undefined =>
  typeof user === 'string' && /^[A-Za-z0-9]{1,32}$/.test(user)
    ? {
        user,
        teams: [...new Set(teams.filter((team) => typeof team === 'string' && team !== ''))] as string[],
        workspace: typeof workspace === 'string' && workspace !== '' ? workspace : undefined,
        name: typeof name === 'string' && name !== '' ? name : undefined,
      }
    : undefined;
