import { type PassThrough, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { ExportPart } from './export-account.ts';

/**
 * Writes parts into a ZIP archive (ZIP64 where it must be), one after the other and as fast as it is read. Contents are
 * stored as they are: most are compressed already. A part that fails breaks the archive off.
 */
export function zipOf(parts: AsyncIterable<ExportPart>): Readable {
  const zip = new ZipFile();
  // That is what it is; its type says less.
  const archive = zip.outputStream as PassThrough;
  let current: Readable | undefined;
  const fail = (error: Error) => void archive.destroy(error);
  zip.on('error', fail);
  // Whoever reads it may go away.
  archive.once('close', () => current?.destroy());

  async function fill(): Promise<void> {
    for await (const { path, modifiedAt, sizeBytes, isText, bytes } of parts) {
      if (archive.destroyed) return;
      current = Readable.from(bytes, { objectMode: false });
      zip.addReadStream(current, path, {
        mtime: modifiedAt,
        mode: 0o100600,
        compress: isText,
        ...(sizeBytes === undefined ? {} : { size: sizeBytes }),
      });
      await finished(current);
    }
    zip.end();
  }
  fill().catch(fail);
  return archive;
}
