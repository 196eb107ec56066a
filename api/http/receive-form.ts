import { PassThrough, type Readable } from 'node:stream';
import busboy, { type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import type { Request } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import { bodyStream, readable } from './receive-body.ts';

/** A form with one file, opened as far as the file: its fields came before it. */
export interface FormUpload {
  readonly fields: Readonly<Record<string, string>>;
  readonly filename: string | undefined;
  readonly mediaType: string | undefined;
  /** Ends when the whole form was read and was in order; otherwise with an error. */
  readonly bytes: AsyncIterable<Buffer>;
}

const limits = { fields: 16, fieldSize: 16 * 1024, fieldNameSize: 64, parts: 17, headerPairs: 32 };

/**
 * Reads `multipart/form-data` as a stream: hapi's own parser holds every part in memory.
 *
 * @throws LockerError `bad_request` for a form without a file, with several, or with fields after the file.
 */
export function receiveForm(request: Request): Promise<FormUpload> {
  const source = bodyStream(request);
  const content = new PassThrough();
  // If the upload was refused before it read anything, nobody else listens.
  content.on('error', () => {});
  const fields: Record<string, string> = {};
  return new Promise((resolve, reject) => {
    let opened = false;
    const fail = (error: Error) => {
      source.unpipe(parser);
      reject(error);
      content.destroy(error);
    };
    const parser = openParser(request);
    parser.on('field', (name: string, value: string, nameTruncated: boolean, valueTruncated: boolean) => {
      if (opened) fail(broken('Fields come before the file. Put the file last in the form.'));
      else if (nameTruncated || valueTruncated)
        fail(broken(`A field can have at most ${limits.fieldSize} bytes.`));
      else fields[name] = value;
    });
    // Browsers and curl write a double quote in a file's name as %22 (HTML, multipart/form-data encoding).
    parser.on(
      'file',
      (
        _name: string,
        stream: Readable,
        filename: string | undefined,
        _encoding: string,
        mediaType: string,
      ) => {
        if (opened) {
          stream.resume();
          fail(broken('A form carries one file. Send one request for each.'));
          return;
        }
        opened = true;
        stream.on('error', fail);
        // Not ended with the part: what follows may still show that the form is not in order.
        stream.pipe(content, { end: false });
        resolve({ fields, filename: filename?.replaceAll('%22', '"'), mediaType, bytes: readable(content) });
      },
    );
    for (const event of ['fieldsLimit', 'partsLimit'] as const)
      parser.on(event, () => fail(broken('The form has too many parts.')));
    parser.on('error', (error: unknown) => fail(broken('The form could not be read.', error)));
    parser.on('finish', () => {
      if (opened) content.end();
      else fail(broken('The form carries no file.'));
    });
    const cutOff = (cause?: unknown) =>
      fail(
        new LockerError(
          'upload_incomplete',
          { hint: 'The connection ended before the upload was complete.' },
          { cause },
        ),
      );
    source.on('error', cutOff);
    // A source that is destroyed without an error says nothing else.
    source.once('close', () => {
      if (!source.readableEnded) cutOff();
    });
    source.pipe(parser);
  });
}

function openParser(request: Request): BusboyInstance {
  try {
    return new busboy.Busboy({ headers: request.headers as BusboyHeaders, limits });
  } catch (error) {
    throw broken('The multipart boundary is missing.', error);
  }
}

const broken = (hint: string, cause?: unknown) => new LockerError('bad_request', { hint }, { cause });
