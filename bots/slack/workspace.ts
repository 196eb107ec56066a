import type { Log } from '../../src/log.ts';
import { SlackRefusal, type SlackWeb } from './transport/web.ts';

/** The app itself, where it is installed. */
export interface Self {
  readonly team: string;
  /** Organisation of the workspace, if it is part of one. */
  readonly enterprise: string | undefined;
  readonly user: string | undefined;
  readonly bot: string | undefined;
}

/** What someone is in the workspace. */
export interface Profile {
  readonly standing: 'member' | 'guest' | 'foreign' | 'program' | 'unknown';
  readonly name: string | undefined;
}

const profileMs = 10 * 60 * 1000;
const maxKept = 10_000;

/** What Slack knows of the workspace, asked once and remembered for a while. */
export class Workspace {
  readonly #web: SlackWeb;
  readonly #log: Log;
  readonly #now: () => Date;
  #self: Promise<Self> | undefined;
  readonly #profiles = new Map<string, { profile: Profile; until: number }>();
  readonly #conversations = new Map<string, string>();
  #warned = false;

  constructor(web: SlackWeb, log: Log, now: () => Date) {
    this.#web = web;
    this.#now = now;
    this.#log = log;
  }

  /** @throws SlackRefusal for a bad token; SlackUnavailable. */
  async self(): Promise<Self> {
    this.#self ??= this.#askSelf();
    try {
      return await this.#self;
    } catch (error) {
      this.#self = undefined;
      throw error;
    }
  }

  /** What someone is here; `unknown` where Slack does not say. @throws SlackUnavailable. */
  async profile(user: string): Promise<Profile> {
    const now = this.#now().getTime();
    const kept = this.#profiles.get(user);
    if (kept !== undefined && kept.until > now) return kept.profile;
    const profile = await this.#askProfile(user);
    if (this.#profiles.size >= maxKept) this.#profiles.clear();
    this.#profiles.set(user, { profile, until: now + profileMs });
    return profile;
  }

  /** The direct message with someone. @throws SlackRefusal if there can be none; SlackUnavailable. */
  async conversation(user: string): Promise<string> {
    const kept = this.#conversations.get(user);
    if (kept !== undefined) return kept;
    const answer = await this.#web.call('conversations.open', { users: user });
    const id = (answer['channel'] as { id?: unknown } | undefined)?.id;
    if (typeof id !== 'string') throw new SlackRefusal('conversations.open', 'unreadable_answer');
    if (this.#conversations.size >= maxKept) this.#conversations.clear();
    this.#conversations.set(user, id);
    return id;
  }

  async #askSelf(): Promise<Self> {
    const { team_id, enterprise_id, user_id, bot_id } = await this.#web.call('auth.test');
    if (typeof team_id !== 'string') throw new SlackRefusal('auth.test', 'unreadable_answer');
    return {
      team: team_id,
      enterprise: textOr(enterprise_id),
      user: textOr(user_id),
      bot: textOr(bot_id),
    };
  }

  async #askProfile(user: string): Promise<Profile> {
    const self = await this.self();
    try {
      const { user: found } = await this.#web.call('users.info', { user });
      return readProfile(found ?? {}, self);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      if (error.code === 'user_not_visible') return { standing: 'foreign', name: undefined };
      if (!this.#warned && error.code !== 'user_not_found')
        this.#log.warn({ reason: error.code }, 'Slack does not say who is a guest: see node . slack check');
      this.#warned = true;
      return { standing: 'unknown', name: undefined };
    }
  }
}

interface SlackUser {
  readonly name?: string;
  readonly team_id?: string;
  readonly is_bot?: boolean;
  readonly deleted?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  readonly is_stranger?: boolean;
  readonly enterprise_user?: { readonly enterprise_id?: string };
}

function readProfile(user: SlackUser, self: Self): Profile {
  const name = textOr(user.name);
  const isOwn =
    user.team_id === undefined ||
    user.team_id === self.team ||
    (self.enterprise !== undefined &&
      (user.team_id === self.enterprise || user.enterprise_user?.enterprise_id === self.enterprise));
  if (user.is_bot === true || user.deleted === true) return { standing: 'program', name };
  if (user.is_stranger === true || !isOwn) return { standing: 'foreign', name };
  const isGuest = user.is_restricted === true || user.is_ultra_restricted === true;
  return { standing: isGuest ? 'guest' : 'member', name };
}

const textOr = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
