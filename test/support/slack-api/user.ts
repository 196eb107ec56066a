import { newId } from './app-link.ts';
import type { Description, Serving, StoredFile } from './file-host.ts';
import { type Control, controlsOf, elementsOf, type Json, type SlackMessage, textOf } from './message.ts';
import type { SlackServer } from './slack-api.ts';
import { shown } from './web-api.ts';

/** A file as a person sends it. */
export interface SentFile {
  readonly name: string;
  readonly bytes?: Buffer;
  readonly size?: number;
  readonly read?: () => AsyncIterable<Uint8Array>;
  readonly mimetype?: string;
  readonly serving?: Serving;
  readonly description?: Description;
}

const patienceMs = 30_000;

/** A person with a Slack client. */
export class SlackUser {
  readonly id: string;
  readonly name: string;
  readonly team: string;
  /** What their client said went wrong. */
  readonly errors: string[] = [];
  readonly #slack: SlackServer;

  constructor(slack: SlackServer, id: string, name: string, team: string) {
    this.#slack = slack;
    this.id = id;
    this.name = name;
    this.team = team;
  }

  get identity(): string {
    return `slack:${this.team}:${this.id}`;
  }

  get direct(): string {
    return this.#slack.directWith(this.id);
  }

  /** What the app said to this person, oldest first: in the direct message, and what only they see elsewhere. */
  get sees(): SlackMessage[] {
    const { messages, botUser } = this.#slack;
    return messages.filter(
      ({ author, channel, onlyFor }) =>
        author === botUser && (onlyFor === this.id || (channel === this.direct && onlyFor === undefined)),
    );
  }

  get home(): { readonly text: string; readonly controls: readonly Control[] } | undefined {
    const blocks = this.#slack.homes.get(this.id)?.['blocks'];
    return blocks === undefined ? undefined : { text: textOf(blocks), controls: controlsOf(blocks) };
  }

  /** The form that is open. */
  get form(): Json | undefined {
    return this.#slack.views.findLast(({ user }) => user === this.id)?.view;
  }

  /** Everything this person sees as text, for the message of a test that fails. */
  get transcript(): string {
    const { messages, botUser, refused } = this.#slack;
    return [
      ...messages
        .filter(({ channel, onlyFor }) => onlyFor === this.id || channel === this.direct)
        .map(
          ({ author, onlyFor, shown: text, labels, files }) =>
            `${author === botUser ? 'app' : 'me'}${onlyFor === undefined ? '' : ' (only me)'}: ${text} ${labels.map((label) => `[${label}]`).join(' ')} ${files.map(({ name, size }) => `<${name}, ${size} bytes>`).join(' ')}`,
        ),
      ...refused.map((line) => `refused ${line}`),
      ...this.errors.map((line) => `error ${line}`),
    ].join('\n');
  }

  /** Types a slash command; mentions become what `should_escape` makes of them. */
  async command(line: string, channel = this.direct): Promise<void> {
    const [, command = '', text = ''] = /^(\/\S+)\s*(.*)$/s.exec(line) ?? [];
    const ack = await this.#slack.app.once('slash_commands', {
      token: 'verification-token',
      team_id: this.#slack.team,
      team_domain: 'team',
      channel_id: channel,
      channel_name: channel.startsWith('D') ? 'directmessage' : 'channel',
      user_id: this.id,
      user_name: this.name,
      command,
      text: this.#escaped(text, true),
      api_app_id: 'A0COFFER',
      is_enterprise_install: 'false',
      response_url: this.#slack.responseUrls.issue(this.id, channel),
      trigger_id: this.#slack.newTrigger(this.id),
    });
    if (ack.status !== 200) this.errors.push(`${command} failed with the error "operation_timeout"`);
    else if (ack.body !== '') this.#answered(ack.body, channel);
  }

  /** Writes into the direct message, with files or without. */
  async says(
    text: string,
    files: readonly SentFile[] = [],
    { threadTs, deliveries = 1 }: { threadTs?: string; deliveries?: number } = {},
  ): Promise<SlackMessage> {
    const stored = files.map((file) => this.#slack.host.store(this.id, file));
    const message = this.#slack.add({ channel: this.direct, author: this.id, threadTs }, text, [], stored);
    const envelope = this.#event({
      ...shown(this.#slack, message),
      text: this.#escaped(text, false),
      ...(text === '' ? {} : { blocks: [richText(text)] }),
      channel: this.direct,
      channel_type: 'im',
      event_ts: message.ts,
      ...(stored.length === 0 ? {} : { subtype: 'file_share', upload: false }),
      ...(this.team === this.#slack.team
        ? { team: this.team }
        : { team: this.team, user_team: this.team, source_team: this.team }),
    });
    await Promise.all(
      Array.from({ length: deliveries }, async () => {
        if (!(await this.#slack.app.event(envelope))) this.errors.push('an event was not acknowledged');
      }),
    );
    return message;
  }

  /** Says something, and waits for what comes after it. */
  async asks(
    text: string,
    wanted: (message: SlackMessage) => boolean = () => true,
    files: readonly SentFile[] = [],
  ): Promise<SlackMessage> {
    const after = this.#slack.now;
    await this.says(text, files);
    return this.hears(wanted, `an answer to ${text}`, after);
  }

  /** Types a command, and waits for what comes after it. */
  async commands(
    line: string,
    wanted: (message: SlackMessage) => boolean = () => true,
    channel?: string,
  ): Promise<SlackMessage> {
    const after = this.#slack.now;
    await this.command(line, channel);
    return this.hears(wanted, `an answer to ${line}`, after);
  }

  /** Presses a button, or chooses from a menu, by what stands on it; of several, the nth from 0. */
  async presses(on: SlackMessage | 'home', label: string, nth = 0): Promise<void> {
    const controls = on === 'home' ? (this.home?.controls ?? []) : on.controls;
    const control = controls.filter((one) => one.label === label)[nth];
    if (control === undefined)
      throw new Error(
        `there is no ${label}, but ${controls.map((one) => one.label).join(', ')}\n${this.transcript}`,
      );
    await this.pressesControl(on, control);
  }

  /** Presses anything, as a client that was tampered with may. */
  async pressesControl(on: SlackMessage | 'home', control: Control): Promise<void> {
    const { type, action, block, value, label } = control;
    await this.#acts(on, {
      type,
      action_id: action,
      block_id: block,
      action_ts: String(Date.now() / 1000),
      ...(type === 'button'
        ? { value, text: { type: 'plain_text', text: label } }
        : { selected_option: { value, text: { type: 'plain_text', text: label } } }),
    });
  }

  /** Types into the field of a message, and presses Enter. */
  async types(on: SlackMessage, text: string): Promise<void> {
    const field = on.controls.find(({ type }) => type === 'plain_text_input');
    if (field === undefined) throw new Error(`there is no field\n${this.transcript}`);
    await this.#acts(on, {
      type: field.type,
      action_id: field.action,
      block_id: field.block,
      action_ts: String(Date.now() / 1000),
      value: text,
    });
  }

  /** The shortcut of a message that this person sees. */
  async savesMessage(message: SlackMessage): Promise<void> {
    await this.#interacts({
      type: 'message_action',
      callback_id: 'coffer-save',
      message_ts: message.ts,
      message: shown(this.#slack, message),
      channel: { id: message.channel, name: 'channel' },
      response_url: this.#slack.responseUrls.issue(this.id, message.channel),
      action_ts: String(Date.now() / 1000),
    });
  }

  async shortcut(callback_id: string): Promise<void> {
    await this.#interacts({ type: 'shortcut', callback_id, action_ts: String(Date.now() / 1000) });
  }

  async opensHome(): Promise<void> {
    const view = this.#slack.homes.get(this.id);
    await this.#slack.app.event(
      this.#event({
        type: 'app_home_opened',
        user: this.id,
        channel: this.direct,
        tab: 'home',
        event_ts: String(Date.now() / 1000),
        ...(view === undefined ? {} : { view: { ...view, id: `VHOME${this.id}` } }),
      }),
    );
  }

  /** What a select of the open form offers for what was typed. */
  async suggestions(label: string, typed: string): Promise<Json[]> {
    const { block, element } = this.#field(label);
    const { body } = await this.#interacts({
      type: 'block_suggestion',
      action_id: element['action_id'],
      block_id: block['block_id'],
      value: typed,
      container: { type: 'view' },
    });
    return (JSON.parse(body) as { options: Json[] }).options;
  }

  /**
   * Fills in the open form by its labels, and sends it.
   *
   * @returns what the app finds wrong with it, by label; empty when the form has closed.
   */
  async submits(filled: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, string>>> {
    const open = this.#slack.views.findLast(({ user }) => user === this.id);
    if (open === undefined) throw new Error(`no form is open\n${this.transcript}`);
    const blocks = (open.view['blocks'] as Json[]).filter(({ type }) => type === 'input');
    for (const label of Object.keys(filled)) this.#field(label);
    const values = Object.fromEntries(
      blocks.map((block) => {
        const { element } = block as { element: Json };
        const value = filled[block['label'].text];
        if (value === undefined && block['optional'] !== true && element['initial_option'] === undefined)
          throw new Error(`${block['label'].text} is required`);
        return [
          block['block_id'],
          { [element['action_id']]: { type: element['type'], ...this.#stateOf(element, value) } },
        ];
      }),
    );
    const { status, body } = await this.#interacts({
      type: 'view_submission',
      view: { ...open.view, id: open.id, team_id: this.#slack.team, state: { values }, hash: '1' },
      response_urls: [],
    });
    if (status !== 200) return { form: 'We had some trouble connecting.' };
    const { response_action, errors } = (body === '' ? {} : JSON.parse(body)) as {
      response_action?: string;
      errors?: Record<string, string>;
    };
    if (response_action === 'errors')
      return Object.fromEntries(
        blocks
          .filter(({ block_id }) => errors?.[block_id] !== undefined)
          .map(({ block_id, label }) => [label.text, errors?.[block_id] ?? '']),
      );
    this.#slack.closeViews(this.id);
    return {};
  }

  /** Waits for a message of the app; one that was there before counts, unless it did not change after `after`. */
  async hears(
    wanted: (message: SlackMessage) => boolean,
    what = 'an answer',
    after = -1,
    withinMs = patienceMs,
  ): Promise<SlackMessage> {
    return this.until(() => this.sees.findLast((one) => one.changed > after && wanted(one)), what, withinMs);
  }

  /** Waits until there is something to see. */
  async until<T>(look: () => T | undefined | false, what: string, withinMs = patienceMs): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadline)
        throw new Error(`${what} did not come. What was:\n${this.transcript}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }

  #field(label: string): { block: Json; element: Json } {
    const blocks: Json[] = this.form?.['blocks'] ?? [];
    const block = blocks.find((one) => one['type'] === 'input' && one['label'].text === label);
    const [element] = block === undefined ? [] : elementsOf(block);
    if (block === undefined || element === undefined)
      throw new Error(`there is no field ${label}\n${textOf(blocks)}`);
    return { block, element };
  }

  #stateOf(element: Json, value: unknown): Json {
    const options: Json[] = element['options'] ?? [];
    switch (element['type']) {
      case 'users_select':
        return { selected_user: value ?? null };
      case 'datetimepicker':
        return { selected_date_time: value ?? null };
      case 'external_select':
        return { selected_option: value ?? null };
      case 'static_select':
        return {
          selected_option:
            options.find(({ text }) => text.text === value) ?? element['initial_option'] ?? null,
        };
      case 'checkboxes':
        return { selected_options: value === true ? options : [] };
      case 'file_input':
        return {
          files: ((value ?? []) as SentFile[]).map((file) =>
            this.#slack.host.describe(this.#slack.host.store(this.id, file), 'message'),
          ),
        };
      default:
        return { value: value ?? null };
    }
  }

  async #acts(on: SlackMessage | 'home', action: Json): Promise<void> {
    const where =
      on === 'home'
        ? {
            container: { type: 'view', view_id: `VHOME${this.id}` },
            view: { ...this.#slack.homes.get(this.id), id: `VHOME${this.id}` },
          }
        : {
            container: {
              type: 'message',
              message_ts: on.ts,
              channel_id: on.channel,
              is_ephemeral: on.onlyFor !== undefined,
            },
            channel: { id: on.channel, name: 'directmessage' },
            ...(on.onlyFor === undefined ? { message: shown(this.#slack, on) } : {}),
            response_url: this.#slack.responseUrls.issue(this.id, on.channel, on),
          };
    const { status } = await this.#interacts({ type: 'block_actions', ...where, actions: [action] });
    if (status !== 200) this.errors.push('a press was not acknowledged');
  }

  #interacts(payload: Json) {
    return this.#slack.app.once('interactive', {
      ...payload,
      token: 'verification-token',
      api_app_id: 'A0COFFER',
      trigger_id: this.#slack.newTrigger(this.id),
      team: { id: this.#slack.team, domain: 'team' },
      user: { id: this.id, username: this.name, name: this.name, team_id: this.team },
      enterprise: null,
      is_enterprise_install: false,
    });
  }

  #answered(body: string, channel: string): void {
    const { text, blocks } = body.startsWith('{') ? (JSON.parse(body) as Json) : { text: body, blocks: [] };
    const author = this.#slack.botUser;
    this.#slack.add({ channel, author, onlyFor: this.id }, text ?? '', blocks ?? []);
  }

  #event(event: Json): Json {
    return {
      token: 'verification-token',
      team_id: this.#slack.team,
      context_team_id: this.#slack.team,
      api_app_id: 'A0COFFER',
      event,
      type: 'event_callback',
      event_id: newId('Ev'),
      event_time: Math.floor(Date.now() / 1000),
      is_ext_shared_channel: this.team !== this.#slack.team,
      authorizations: [{ team_id: this.#slack.team, user_id: this.#slack.botUser, is_bot: true }],
    };
  }

  /** As Slack encodes what was typed: entities, and the people who are mentioned by their Slack names. */
  #escaped(text: string, withNames: boolean): string {
    const people = new Map([...this.#slack.profiles].map(([id, { name }]) => [name as string, id]));
    return text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll(/@([a-z0-9_.-]+)/g, (whole, name: string) => {
        const id = people.get(name);
        return id === undefined ? whole : `<@${id}${withNames ? `|${name}` : ''}>`;
      });
  }
}

const richText = (text: string): Json => ({
  type: 'rich_text',
  block_id: newId(''),
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
});

export type { StoredFile };
