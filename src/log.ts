import { pino } from 'pino';
import type { LogLevel } from './config.ts';
import { LockerError } from './errors.ts';

/** An error always comes with a message: pino would else take its own, which may quote input. */
interface WriteLine {
  (message: string): void;
  (fields: object, message: string): void;
}

/** The structured log. No child loggers: their fields would pass the fence below. */
export interface Log {
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
}

/** Fields that never reach a log line, wherever they stand; the second fence behind not logging them at all. */
const secretFields: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'token',
  'access_token',
  'refresh_token',
  'code',
  'password',
  'key',
  'keys',
  'uri',
  'name',
  'folder',
  'query',
]);
const deepest = 8;

/** Lines that wait while nobody reads them; beyond that new ones are dropped, since a stuck reader must not stop the locker. */
const maxUnreadBytes = 4 * 1024 * 1024;

/**
 * Creates the structured log (JSON lines). An error is reduced to its kind, code, ids and stack: messages of foreign
 * errors can quote input (a URL with a token, a document), so they stay out above debug level.
 */
export function createLog(level: LogLevel, destination?: { write(line: string): void }): Log {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    // Not pino's `redact`: it knows paths of fixed depths, and took the code from errors, which says what went wrong.
    formatters: { level: (label: string) => ({ level: label }), log: censorFields },
  };
  // To standard error, so that what a command prints can be used by itself.
  return pino(options, destination ?? pino.destination({ dest: 2, sync: false, maxLength: maxUnreadBytes }));
}

const censorFields = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, censorField(field, value, 1)]));

const censorField = (field: string, value: unknown, depth: number): unknown =>
  secretFields.has(field) && value !== undefined ? '[redacted]' : censor(value, depth);

function censor(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Its code and its facts are chosen there.
  if (value instanceof Error) return describeError(value);
  if (depth === deepest) return '[too deep]';
  if ('toJSON' in value && typeof value.toJSON === 'function') return censor(value.toJSON(), depth + 1);
  if (Array.isArray(value)) return value.map((item) => censor(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [field, censorField(field, inner, depth + 1)]),
  );
}

/** What a log line says of an error: never its message if it is not ours, since that may quote input. */
export function describeError(error: unknown): Record<string, unknown> {
  if (error instanceof LockerError) {
    const { subject: _subject, hint: _hint, ...facts } = error.details;
    return {
      kind: error.name,
      code: error.code,
      ...facts,
      ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
    };
  }
  if (!(error instanceof Error)) return { kind: typeof error };
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    kind: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    at: stackFrames(error),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

const stackFrames = (error: Error) =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
