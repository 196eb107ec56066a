import { type Logger, pino } from 'pino';
import type { LogLevel } from './config.ts';
import { LockerError } from './errors.ts';

export type Log = Logger;

/** Fields that never reach a log line, wherever they stand; the second fence behind not logging them at all. */
const secretFields = [
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
];

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
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: '[redacted]',
    },
    serializers: { err: describeError, error: describeError },
  };
  // To standard error, so that what a command prints can be used by itself.
  return pino(options, destination ?? pino.destination({ dest: 2, sync: false, maxLength: maxUnreadBytes }));
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
