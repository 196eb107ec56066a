import type { BotApiServer, FakeMessage } from './bot-api.ts';

interface Account {
  readonly id: number;
  readonly is_bot: false;
  readonly first_name: string;
  readonly username?: string;
}

export interface Sent {
  /** What kind of message it is, by its field. */
  readonly kind?:
    | 'document'
    | 'photo'
    | 'live_photo'
    | 'video'
    | 'audio'
    | 'voice'
    | 'video_note'
    | 'animation'
    | 'sticker';
  readonly bytes: Buffer;
  readonly name?: string;
  readonly type?: string;
  readonly caption?: string;
  readonly group?: string;
  readonly replyTo?: number;
}

const patienceMs = 30_000;

/** The picture of a live photo, by the id of its moving part. */
export const stillOf = (fileId: string): Buffer => Buffer.from(`still of ${fileId}`);

/** A person with a Telegram client. */
export class TelegramUser {
  readonly #api: BotApiServer;
  readonly account: Account;

  constructor(api: BotApiServer, account: Account) {
    this.#api = api;
    this.account = account;
  }

  get id(): number {
    return this.account.id;
  }

  get identity(): string {
    return `telegram:${this.id}`;
  }

  /** What this person sees of the bot now, oldest first. */
  get sees(): FakeMessage[] {
    return this.#api.chatMessages(this.id).filter(({ fromBot }) => fromBot);
  }

  /** Everything in the chat as text, for the message of a test that fails. */
  get transcript(): string {
    return this.#api
      .chatMessages(this.id)
      .map(({ message_id, fromBot, text, file, buttons }) => {
        const labels = buttons.flat().map(({ text: label }) => `[${label}]`);
        return `${message_id} ${fromBot ? 'bot' : 'me'}: ${file === undefined ? '' : `<${file.name}, ${file.bytes.length} bytes> `}${text} ${labels.join(' ')}`;
      })
      .join('\n');
  }

  says(text: string, options: { replyTo?: number; chat?: object } = {}): number {
    return this.#message({ text }, text, options);
  }

  sends({ kind = 'document', bytes, name, type, caption, group, replyTo }: Sent): number {
    return this.sendsStored(this.#api.addFile(bytes), {
      kind,
      ...(name === undefined ? {} : { name }),
      ...(type === undefined ? {} : { type }),
      ...(caption === undefined ? {} : { caption }),
      ...(group === undefined ? {} : { group }),
      ...(replyTo === undefined ? {} : { replyTo }),
    });
  }

  /** Sends something that the server has. */
  sendsStored(
    stored: { file_id: string; file_unique_id: string; file_size?: number },
    { kind = 'document', name, type, caption, group, replyTo }: Omit<Sent, 'bytes'>,
  ): number {
    const file = {
      ...stored,
      ...(name === undefined ? {} : { file_name: name }),
      ...(type === undefined ? {} : { mime_type: type }),
    };
    // Nothing is said of their order.
    const sizesOf = (largest: object) => [
      { ...largest, width: 1280, height: 960 },
      { ...this.#api.addFile(Buffer.from('thumb')), width: 90, height: 90 },
    ];
    const body =
      kind === 'photo'
        ? { photo: sizesOf(file) }
        : kind === 'animation'
          ? { animation: file, document: file }
          : kind === 'sticker'
            ? { sticker: { ...file, is_animated: false, is_video: false, type: 'regular' } }
            : kind === 'live_photo'
              ? { live_photo: { ...file, photo: sizesOf(this.#api.addFile(stillOf(stored.file_id))) } }
              : { [kind]: file };
    return this.#message(
      {
        ...body,
        ...(caption === undefined ? {} : { caption }),
        ...(group === undefined ? {} : { media_group_id: group }),
      },
      caption ?? '',
      replyTo === undefined ? {} : { replyTo },
    );
  }

  presses(message: FakeMessage, label: string): void {
    const button = message.buttons.flat().find(({ text }) => text === label);
    if (button?.data === undefined)
      throw new Error(
        `there is no button ${label}, but ${message.buttons
          .flat()
          .map(({ text }) => text)
          .join(', ')}`,
      );
    this.pressesData(message, button.data);
  }

  /** Presses with any data, as a client that was tampered with may. */
  pressesData(
    { message_id, chat, text, buttons }: FakeMessage,
    data: string,
    id = `press${Math.random()}`,
  ): void {
    this.#api.push({
      callback_query: {
        id,
        from: this.account,
        chat_instance: 'x',
        data,
        message: {
          message_id,
          date: Math.floor(Date.now() / 1000),
          chat: { id: chat, type: 'private' },
          text,
          reply_markup: {
            inline_keyboard: buttons.map((row) =>
              row.map((button) => ({ text: button.text, callback_data: button.data })),
            ),
          },
        },
      },
    });
  }

  asksInline(query: string): string {
    const id = `inline${Math.random()}`;
    this.#api.push({ inline_query: { id, from: this.account, query, offset: '' } });
    return id;
  }

  /** Waits until the bot has said something; remembers nothing: a message that was there before counts. */
  async hears(wanted: (message: FakeMessage) => boolean, what = 'an answer'): Promise<FakeMessage> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const found = this.sees.findLast(wanted);
      if (found !== undefined) return found;
      if (performance.now() > deadline)
        throw new Error(`${what} did not come. The chat:\n${this.transcript}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }

  /** Says something, and waits for what the bot says after it. */
  async asks(text: string, wanted: (message: FakeMessage) => boolean = () => true): Promise<FakeMessage> {
    const asked = this.says(text);
    return this.hears((message) => message.message_id > asked && wanted(message), `an answer to ${text}`);
  }

  #message(body: object, text: string, { replyTo, chat }: { replyTo?: number; chat?: object }): number {
    const message_id = this.#api.nextMessageId();
    const from = this.account;
    this.#api.messages.set(`${this.id}:${message_id}`, {
      message_id,
      chat: this.id,
      fromBot: false,
      text,
      entities: [],
      buttons: [],
      file: undefined,
      replyTo,
      edits: 0,
    });
    this.#api.push({
      message: {
        message_id,
        from,
        chat: chat ?? { id: this.id, type: 'private', first_name: from.first_name },
        date: Math.floor(Date.now() / 1000),
        ...body,
        ...(replyTo === undefined
          ? {}
          : { reply_to_message: { message_id: replyTo, date: 0, chat: { id: this.id, type: 'private' } } }),
      },
    });
    return message_id;
  }
}
