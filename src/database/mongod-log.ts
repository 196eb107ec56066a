import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { isCode } from './processes.ts';

/** Size of a file in bytes; 0 if there is none. */
export function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Sets a log that has grown beyond `maxBytes` aside as `<path>.1`, in place of the one set aside before.
 *
 * @returns true if it did; a running mongod must then be told to open a new one (SIGUSR1).
 */
export function rotateLog(path: string, maxBytes: number): boolean {
  if (fileBytes(path) <= maxBytes) return false;
  renameSync(path, `${path}.1`);
  return true;
}

/** The last part of a file after `offset`, at most 256 KiB; empty if there is no file. */
export function readTail(path: string, offset = 0): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    // A file smaller than that is a new one, opened after the old one was set aside.
    const tail = Buffer.alloc(Math.min(offset > size ? size : size - offset, 256 * 1024));
    return tail.toString('utf8', 0, readSync(file, tail, 0, tail.length, size - tail.length));
  } finally {
    closeSync(file);
  }
}

interface Entry {
  readonly s?: unknown;
  readonly msg?: unknown;
  readonly attr?: { readonly error?: unknown; readonly message?: unknown };
}

/**
 * Says in one line why mongod gave up, from its log (JSON lines): the last error or fatal entry that carries an error
 * text, otherwise the last such entry, otherwise undefined.
 */
export function reasonInLog(text: string): string | undefined {
  const failures = text.split('\n').flatMap((line) => {
    const entry = parseEntry(line);
    if (entry === undefined || (entry.s !== 'E' && entry.s !== 'F') || typeof entry.msg !== 'string')
      return [];
    const message = entry.msg.trim();
    // What mongod prints around an abort says only that it aborted.
    if (message.startsWith('***') || message === 'Fatal assertion') return [];
    const cause = errorText(entry.attr?.error) ?? errorText(entry.attr?.message);
    return [{ line: cause === undefined ? message : `${message}: ${cause}`, hasCause: cause !== undefined }];
  });
  return (failures.findLast((failure) => failure.hasCause) ?? failures.at(-1))?.line;
}

function parseEntry(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // The tail may begin in the middle of a line, and a crash prints lines that are not JSON.
    return undefined;
  }
}

function errorText(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return undefined;
  return 'errmsg' in error && typeof error.errmsg === 'string' ? error.errmsg : undefined;
}
