import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TelegramUser } from './user.ts';
import { readCall, type UploadedFile } from './read-call.ts';

/** A message as the server keeps it. */
export interface FakeMessage {
  readonly message_id: number;
  readonly chat: number;
  readonly fromBot: boolean;
  text: string;
  entities: { type: string; offset: number; length: number }[];
  buttons: { text: string; data: string | undefined; url: string | undefined }[][];
  file: { name: string; bytes: Buffer } | undefined;
  replyTo: number | undefined;
  edits: number;
}

export interface Call {
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What goes wrong with the next calls of a method. */
export type Fault =
  | { readonly status: number; readonly description: string; readonly retryAfter?: number }
  | 'drop-before'
  | 'drop-after';

const fetchLimit = 20_971_520;
const sendLimit = 50 * 1024 * 1024;
const token = '123456:TEST-token_of-a-bot';

class Refusal extends Error {
  readonly code: number;
  readonly retryAfter: number | undefined;
  constructor(code: number, description: string, retryAfter?: number) {
    super(description);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/**
 * The documented part of Telegram's Bot API that bots of our kind use, at the wire: with its limits, errors and quirks, and
 * with people who talk to the bot. Knows nothing of the bot's code.
 */
export class BotApiServer implements AsyncDisposable {
  readonly token = token;
  readonly username = 'coffer_test_bot';
  readonly calls: Call[] = [];
  readonly messages = new Map<string, FakeMessage>();
  readonly inlineAnswers = new Map<string, Readonly<Record<string, unknown>>>();
  readonly pressAnswers: Readonly<Record<string, unknown>>[] = [];
  readonly blocked = new Set<number>();
  /** Paths that are cut in the middle; counted down. */
  cutDownloads = 0;
  webhook: { url: string; secret: string | undefined } | undefined;
  #updates: { update_id: number }[] = [];
  #nextUpdate = 700_001;
  #nextMessage = 1;
  #nextUser = 1001;
  #files = new Map<string, { bytes: Buffer; path: string }>();
  #faults = new Map<string, Fault[]>();
  #wake = new Set<() => void>();
  #polling = 0;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  static async open(): Promise<BotApiServer> {
    const api = new BotApiServer();
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get root(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const wake of this.#wake) wake();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  user(first_name: string, username?: string): TelegramUser {
    return new TelegramUser(this, {
      id: this.#nextUser++,
      is_bot: false,
      first_name,
      ...(username === undefined ? {} : { username }),
    });
  }

  /** Makes the next calls of a method fail. */
  fail(method: string, ...faults: Fault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  nextMessageId(): number {
    return this.#nextMessage++;
  }

  /** Stores a file as a person sent it. */
  addFile(bytes: Buffer, extension = 'bin'): { file_id: string; file_unique_id: string; file_size: number } {
    const id = `F${this.#files.size + 1}x${Math.random().toString(36).slice(2, 12)}`;
    this.#files.set(id, { bytes, path: `documents/file_${this.#files.size + 1}.${extension}` });
    return { file_id: id, file_unique_id: `U${id}`, file_size: bytes.length };
  }

  /** A file of a size, without its bytes. */
  addHuge(size: number): { file_id: string; file_unique_id: string; file_size: number } {
    return { ...this.addFile(Buffer.alloc(0)), file_size: size };
  }

  /** Brings an update to the bot. */
  push(update: Record<string, unknown>): number {
    const update_id = this.#nextUpdate++;
    this.#updates.push({ update_id, ...update });
    for (const wake of this.#wake) wake();
    return update_id;
  }

  get pending(): readonly { update_id: number }[] {
    return this.#updates;
  }

  chatMessages(chat: number): FakeMessage[] {
    return [...this.messages.values()].filter((message) => message.chat === chat);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    const [, kind, tokenPart, ...rest] = /^\/(file\/)?bot([^/]+)\/(.*)$/.exec(url.pathname) ?? [];
    if (tokenPart !== this.token)
      return answer(response, 401, { ok: false, error_code: 401, description: 'Unauthorized' });
    if (kind !== undefined) return this.#sendFile(rest[0] ?? '', response);
    const method = rest[0] ?? '';
    const fault = this.#faults.get(method)?.shift();
    if (fault === 'drop-before') return void request.socket.destroy();
    try {
      const { payload, files } = await readCall(request, url);
      this.calls.push({ method, payload });
      if (fault !== undefined && fault !== 'drop-after')
        throw new Refusal(fault.status, fault.description, fault.retryAfter);
      const result = await this.#do(method, payload, files, request);
      if (fault === 'drop-after') return void request.socket.destroy();
      answer(response, 200, { ok: true, result });
    } catch (error) {
      if (!(error instanceof Refusal)) {
        if (!response.destroyed)
          answer(response, 500, { ok: false, error_code: 500, description: 'Internal Server Error' });
        return;
      }
      answer(response, error.code, {
        ok: false,
        error_code: error.code,
        description: error.message,
        ...(error.retryAfter === undefined ? {} : { parameters: { retry_after: error.retryAfter } }),
      });
    }
  }

  async #do(
    method: string,
    payload: Record<string, unknown>,
    files: ReadonlyMap<string, UploadedFile>,
    request: IncomingMessage,
  ): Promise<unknown> {
    switch (method) {
      case 'getMe':
        return { id: 123456, is_bot: true, first_name: 'Coffer', username: this.username };
      case 'getUpdates':
        return this.#getUpdates(payload, request);
      case 'deleteWebhook':
        this.webhook = undefined;
        return true;
      case 'setWebhook':
        this.webhook = { url: String(payload['url']), secret: payload['secret_token'] as string | undefined };
        return true;
      case 'setMyCommands':
      case 'sendChatAction':
        return true;
      case 'sendMessage':
        return this.#send(payload, undefined);
      case 'sendDocument': {
        const file = files.get('document') ?? files.get(String(payload['document']).replace('attach://', ''));
        if (file === undefined) throw new Refusal(400, 'Bad Request: there is no document in the request');
        if (file.bytes.length === 0) throw new Refusal(400, 'Bad Request: file must be non-empty');
        if (file.bytes.length > sendLimit) throw new Refusal(413, 'Request Entity Too Large');
        return this.#send({ ...payload, text: payload['caption'] ?? '' }, file);
      }
      case 'editMessageText':
        return this.#edit(payload);
      case 'editMessageReplyMarkup': {
        const message = this.#find(payload, 'edit');
        message.buttons = readButtons(payload);
        return shown(message);
      }
      case 'deleteMessage': {
        const message = this.#find(payload, 'delete');
        this.messages.delete(`${message.chat}:${message.message_id}`);
        return true;
      }
      case 'answerCallbackQuery':
        if (String(payload['callback_query_id']).startsWith('old'))
          throw new Refusal(
            400,
            'Bad Request: query is too old and response timeout expired or query ID is invalid',
          );
        this.pressAnswers.push(payload);
        return true;
      case 'answerInlineQuery':
        this.inlineAnswers.set(String(payload['inline_query_id']), payload);
        return true;
      case 'getFile': {
        const file = this.#files.get(String(payload['file_id']));
        if (file === undefined) throw new Refusal(400, 'Bad Request: invalid file_id');
        if (file.bytes.length > fetchLimit || file.bytes.length === 0)
          throw new Refusal(400, 'Bad Request: file is too big');
        return {
          file_id: payload['file_id'],
          file_unique_id: 'x',
          file_size: file.bytes.length,
          file_path: file.path,
        };
      }
      default:
        throw new Refusal(404, 'Not Found: method not found');
    }
  }

  async #getUpdates(payload: Record<string, unknown>, request: IncomingMessage): Promise<unknown> {
    if (this.webhook !== undefined)
      throw new Refusal(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    const offset = Number(payload['offset'] ?? 0);
    this.#updates = this.#updates.filter(({ update_id }) => update_id >= offset);
    if (this.#updates.length === 0) {
      if (this.#polling > 0)
        throw new Refusal(
          409,
          'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
        );
      this.#polling++;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, Number(payload['timeout'] ?? 0) * 1000);
        const wake = () => done();
        const wakes = this.#wake;
        const { socket } = request;
        function done() {
          clearTimeout(timer);
          wakes.delete(wake);
          socket.off('close', done);
          resolve();
        }
        wakes.add(wake);
        socket.once('close', done);
      });
      this.#polling--;
    }
    return this.#updates.slice(0, Number(payload['limit'] ?? 100));
  }

  #send(payload: Record<string, unknown>, file: UploadedFile | undefined): unknown {
    const chat = Number(payload['chat_id']);
    if (this.blocked.has(chat)) throw new Refusal(403, 'Forbidden: bot was blocked by the user');
    if (!(chat >= 1001 && chat < this.#nextUser) && chat > 0)
      throw new Refusal(400, 'Bad Request: chat not found');
    const text = textOf(payload['text']);
    if (file === undefined) checkText(text, 4096);
    else if (text.length > 1024) throw new Refusal(400, 'Bad Request: message caption is too long');
    const message: FakeMessage = {
      message_id: this.nextMessageId(),
      chat,
      fromBot: true,
      text,
      entities: readEntities(payload, text),
      buttons: readButtons(payload),
      file: file && { name: file.name, bytes: file.bytes },
      replyTo: (payload['reply_parameters'] as { message_id?: number } | undefined)?.message_id,
      edits: 0,
    };
    this.messages.set(`${chat}:${message.message_id}`, message);
    return shown(message);
  }

  #edit(payload: Record<string, unknown>): unknown {
    if (payload['inline_message_id'] !== undefined) return true;
    const message = this.#find(payload, 'edit');
    if (!message.fromBot || message.file !== undefined)
      throw new Refusal(400, "Bad Request: message can't be edited");
    const text = textOf(payload['text']);
    checkText(text, 4096);
    const buttons = readButtons(payload);
    if (message.text === text && JSON.stringify(message.buttons) === JSON.stringify(buttons))
      throw new Refusal(
        400,
        'Bad Request: message is not modified: specified new message content and reply markup are exactly the same',
      );
    Object.assign(message, {
      text,
      buttons,
      entities: readEntities(payload, text),
      edits: message.edits + 1,
    });
    return shown(message);
  }

  #find(payload: Record<string, unknown>, what: string): FakeMessage {
    const message = this.messages.get(`${Number(payload['chat_id'])}:${Number(payload['message_id'])}`);
    if (message === undefined) throw new Refusal(400, `Bad Request: message to ${what} not found`);
    return message;
  }

  #sendFile(path: string, response: ServerResponse): void {
    const file = [...this.#files.values()].find((known) => known.path === decodeURIComponent(path));
    if (file === undefined)
      return answer(response, 404, { ok: false, error_code: 404, description: 'Not Found' });
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': file.bytes.length,
    });
    if (this.cutDownloads > 0) {
      this.cutDownloads--;
      response.write(file.bytes.subarray(0, Math.floor(file.bytes.length / 2)), () => response.destroy());
      return;
    }
    response.end(file.bytes);
  }
}

const shown = ({ message_id, chat, text, file }: FakeMessage) => ({
  message_id,
  date: Math.floor(Date.now() / 1000),
  chat: { id: chat, type: 'private' },
  ...(file === undefined
    ? { text }
    : { document: { file_id: `sent${message_id}`, file_unique_id: `s${message_id}`, file_name: file.name } }),
});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function checkText(text: string, limit: number): void {
  if (text.trim() === '') throw new Refusal(400, 'Bad Request: message text is empty');
  if (text.length > limit) throw new Refusal(400, 'Bad Request: message is too long');
}

function readEntities(payload: Record<string, unknown>, text: string): FakeMessage['entities'] {
  const entities = (payload['entities'] ?? payload['caption_entities'] ?? []) as FakeMessage['entities'];
  for (const { offset, length } of entities)
    if (!(offset >= 0 && length > 0 && offset + length <= text.length))
      throw new Refusal(400, 'Bad Request: entity beyond the end of the text');
  return entities;
}

function readButtons(payload: Record<string, unknown>): FakeMessage['buttons'] {
  const markup = payload['reply_markup'] as
    | { inline_keyboard?: { text: string; callback_data?: string; url?: string }[][] }
    | undefined;
  return (markup?.inline_keyboard ?? []).map((row) =>
    row.map(({ text, callback_data, url }) => {
      if (text.trim() === '')
        throw new Refusal(400, 'Bad Request: text buttons are unallowed in the inline keyboard');
      if (callback_data !== undefined && (callback_data === '' || Buffer.byteLength(callback_data) > 64))
        throw new Refusal(400, 'Bad Request: BUTTON_DATA_INVALID');
      return { text, data: callback_data, url };
    }),
  );
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
