import { listVersions } from '../../src/files/versions.ts';
import { fileWords } from '../words/files.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { memberCommand, numberOf, readerOf } from './define.ts';
import { findFile } from './find-file.ts';

const pageSize = 8;

export const versions = memberCommand({
  name: 'versions',
  ...manual.versions,
  read: (phrase) => ({ words: phrase.rest }),
  async *run(context, incoming, input) {
    const file = await findFile(context, incoming, input, { command: 'versions' });
    const all = await listVersions(context.locker, incoming.actor, file.id);
    const from = numberOf(input, 'from') ?? 0;
    const reader = await readerOf(context);
    const turn = (label: string, to: number) => ({
      label,
      command: 'versions',
      input: { file: file.id, from: to },
      where: 'edit' as const,
    });
    yield {
      kind: 'list',
      title: fileWords.versionsTitle(file, all.length),
      entries: all.slice(from, from + pageSize).map((version) => ({
        number: null,
        text: fileWords.version(version, version.n === file.version),
        detail: fileWords.versionDetail(version, reader),
        actions: [{ label: labels.get, command: 'get', input: { file: file.id, version: version.n } }],
      })),
      previous: from === 0 ? undefined : turn(labels.previous, Math.max(0, from - pageSize)),
      next: from + pageSize < all.length ? turn(labels.next, from + pageSize) : undefined,
    };
  },
});
