import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppLink, newId } from './app-link.ts';
import { FileHost, type StoredFile } from './file-host.ts';
import { type Json, SlackMessage } from './message.ts';
import { Refusal } from './refusal.ts';
import { ResponseUrls } from './response-urls.ts';
import { SocketMode } from './socket-mode.ts';
import { SlackUser } from './user.ts';
import { methods } from './web-api.ts';

/** What goes wrong with the next call of a method. */
export type Fault =
  | { readonly error: string }
  | { readonly retryAfterSeconds: number }
  | { readonly status: number }
  | 'drop';

export interface Call {
  readonly method: string;
  readonly args: Json;
}

const triggerMs = 3000;

/**
 * One Slack workspace, at the wire: the documented part of the Web API that apps of our kind use, its file hosts, events
 * over HTTP and by Socket Mode, with their limits and refusals, and with people who talk to the app. Knows nothing of the
 * app's code.
 */
export class SlackServer implements AsyncDisposable {
  readonly team = 'T0TEAM';
  readonly botUser = 'U0BOT';
  readonly botId = 'B0BOT';
  readonly botToken = 'xoxb-0000000000-not-a-real-token-7f3k';
  readonly appToken = 'xapp-1-A0COFFER-not-a-real-token-9q2m';
  readonly signingSecret = 'not-a-real-signing-secret-4h8w1z';
  scopes = 'commands,chat:write,im:history,im:write,files:read,files:write,users:read';
  uploadLimitBytes = 1024 ** 3;
  readonly profiles = new Map<string, Json>();
  readonly messages: SlackMessage[] = [];
  readonly homes = new Map<string, Json>();
  /** Modals that are open. */
  readonly views: { readonly id: string; readonly user: string; view: Json }[] = [];
  readonly calls: Call[] = [];
  /** Calls that were refused, except by a fault that a test asked for. */
  readonly refused: string[] = [];
  readonly host = new FileHost(() => this.root, this.botToken);
  readonly socketMode = new SocketMode(() => this.root);
  readonly app = new AppLink(this.signingSecret, this.socketMode);
  readonly responseUrls = new ResponseUrls(this);
  readonly #channels = new Map<string, Set<string>>();
  readonly #triggers = new Map<string, { user: string; until: number }>();
  readonly #faults = new Map<string, Fault[]>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #changes = 0;
  #lastTs = 0;

  static async open(): Promise<SlackServer> {
    const slack = new SlackServer();
    slack.#server.on('upgrade', (request, socket) => slack.socketMode.attach(request, socket));
    await new Promise<void>((resolve) => slack.#server.listen(0, '127.0.0.1', resolve));
    return slack;
  }

  get root(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get apiUrl(): string {
    return `${this.root}/api/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socketMode.breakOff();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Someone with a Slack client. Ids in this workspace unless another team is named. */
  user(id: string, name: string, more: Json = {}): SlackUser {
    const { team = this.team, ...profile } = more;
    this.profiles.set(id, {
      id,
      name,
      team_id: team,
      deleted: false,
      is_bot: false,
      is_restricted: false,
      is_ultra_restricted: false,
      ...(team === this.team ? {} : { is_stranger: true }),
      ...profile,
    });
    return new SlackUser(this, id, name, team);
  }

  channel(id: string, ...members: readonly string[]): string {
    this.#channels.set(id, new Set(members));
    return id;
  }

  directWith(user: string): string {
    const id = `D${user}`;
    this.#channels.set(id, new Set([user, this.botUser]));
    return id;
  }

  membersOf(channel: string): ReadonlySet<string> | undefined {
    return this.#channels.get(channel);
  }

  /** Makes the next calls of a method, or of `response_url` and `upload`, fail. */
  fail(method: string, ...faults: Fault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  /** How often something has changed: what comes later has a higher number. */
  get now(): number {
    return this.#changes;
  }

  add(
    place: { channel: string; author: string; onlyFor?: string | undefined; threadTs?: string | undefined },
    text: string,
    blocks: readonly Json[] = [],
    files: StoredFile[] = [],
  ): SlackMessage {
    this.#lastTs = Math.max(this.#lastTs + 1, Date.now() * 1000);
    const ts = (this.#lastTs / 1e6).toFixed(6);
    const message = new SlackMessage({ ...place, ts }, text, blocks, files, ++this.#changes);
    this.messages.push(message);
    return message;
  }

  change(message: SlackMessage, { text, blocks }: { text: string; blocks: readonly Json[] }): void {
    Object.assign(message, { text, blocks, edits: message.edits + 1, changed: ++this.#changes });
  }

  remove(message: SlackMessage): void {
    this.messages.splice(this.messages.indexOf(message), 1);
    this.#changes++;
  }

  removeFile(file: StoredFile): void {
    file.deleted = true;
    for (const message of this.messages.filter(({ files }) => files.includes(file))) {
      message.files = message.files.filter((one) => one !== file);
      message.changed = ++this.#changes;
    }
  }

  newTrigger(user: string): string {
    const id = `${newId('')}.${newId('')}`;
    this.#triggers.set(id, { user, until: Date.now() + triggerMs });
    return id;
  }

  useTrigger(id: string): string {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) throw new Refusal('invalid_trigger_id');
    if (trigger.until === 0) throw new Refusal('exchanged_trigger_id');
    if (trigger.until < Date.now()) throw new Refusal('expired_trigger_id');
    const { user } = trigger;
    this.#triggers.set(id, { user, until: 0 });
    return user;
  }

  openView(user: string, view: Json): Json {
    const id = newId('V');
    this.views.push({ id, user, view });
    this.#changes++;
    return { ...view, id };
  }

  closeViews(user: string): void {
    this.views.splice(0, this.views.length, ...this.views.filter((view) => view.user !== user));
  }

  publishHome(user: string, view: Json): void {
    this.homes.set(user, view);
    this.#changes++;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    try {
      if (pathname.startsWith('/files-pri/')) return await this.host.serve(request, response, pathname);
      const method = pathname.startsWith('/api/')
        ? pathname.slice('/api/'.length)
        : pathname.startsWith('/upload/')
          ? 'upload'
          : 'response_url';
      const fault = this.#faults.get(method)?.shift();
      const args = method === 'upload' ? {} : await readArguments(request);
      this.calls.push({ method, args });
      if (fault === 'drop') return void request.socket.destroy();
      if (fault !== undefined && 'status' in fault) return void response.writeHead(fault.status).end();
      if (fault !== undefined && 'retryAfterSeconds' in fault)
        return void response
          .writeHead(429, { 'retry-after': String(fault.retryAfterSeconds) })
          .end('{"ok":false,"error":"ratelimited"}');
      if (method === 'upload') return await this.host.receive(request, response, pathname);
      if (method === 'response_url') return this.responseUrls.take(pathname, args, response);
      this.#call(method, args, request.headers.authorization, fault, response);
    } catch (error) {
      if (!response.headersSent && !response.destroyed) response.writeHead(500).end(String(error));
    }
  }

  #call(
    method: string,
    args: Json,
    authorization: string | undefined,
    fault: { readonly error: string } | undefined,
    response: ServerResponse,
  ): void {
    const answer = (body: object) =>
      void response
        .writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'x-oauth-scopes': this.scopes })
        .end(JSON.stringify(body));
    const run = methods[method];
    const token = method === 'apps.connections.open' ? this.appToken : this.botToken;
    if (run === undefined) return answer({ ok: false, error: 'unknown_method' });
    if (authorization === undefined) return answer({ ok: false, error: 'not_authed' });
    if (authorization !== `Bearer ${token}`) return answer({ ok: false, error: 'invalid_auth' });
    if (fault !== undefined) return answer({ ok: false, error: fault.error });
    try {
      answer({ ok: true, ...run(this, args) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refused.push(`${method}: ${error.message}`);
      answer({ ok: false, error: error.code, response_metadata: { messages: error.notes } });
    }
  }
}

/** JSON, or a form in which what is structured is JSON. */
async function readArguments(request: IncomingMessage): Promise<Json> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  const body = Buffer.concat(pieces).toString();
  if (request.headers['content-type']?.startsWith('application/json') === true)
    return body === '' ? {} : (JSON.parse(body) as Json);
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [
      name,
      ['blocks', 'view', 'files', 'attachments', 'metadata'].includes(name) ? JSON.parse(value) : value,
    ]),
  );
}
