import type { FileView } from '../../src/files/view.ts';
import type { VersionView } from '../../src/files/versions.ts';
import { type Text, text } from '../port/text.ts';
import { excerpt } from './excerpt.ts';
import { plural } from './plural.ts';
import { formatSize } from './size.ts';
import { formatAgo, formatDuration, formatMoment, type Reader } from './time.ts';

const name = (file: Pick<FileView, 'name'>) => ({ bold: file.name });

/** A quiet line about a file in a list. */
export function fileDetail(file: FileView, reader: Reader): Text {
  const facts = [
    formatSize(file.sizeBytes),
    ...(file.folder === null || file.folder === '/' ? [] : [file.folder]),
    ...file.tags.map((tag) => `#${tag}`),
    ...(file.access === 'owner' ? [] : [`from @${file.owner}`]),
    ...(file.restricted ? ['restricted'] : []),
    file.trashedAt === null
      ? formatAgo(file.updatedAt, reader)
      : `deleted ${formatAgo(file.trashedAt, reader)}`,
  ];
  return text`${facts.join(' · ')} · ${{ code: file.id }}`;
}

export const fileWords = {
  name,
  question: {
    any: 'Which file?',
    trash: 'Which file of the trash?',
  },
  several: (what: string): Text => text`Several files match ${{ bold: excerpt(what) }}. Which one?`,
  moreThanShown: (shown: number): Text => [`These are the first ${shown}. More words make it clearer.`],
  noneFound: (what: string): Text =>
    text`I found no file that matches ${{ bold: excerpt(what) }}. Give its id, its number in the last list, or part of its name.`,
  noneFoundInTrash: (what: string): Text =>
    text`The trash holds no file that matches ${{ bold: excerpt(what) }}.`,
  noSuchNumber: (number: number, known: number): string =>
    known === 0
      ? `${number} means nothing yet: show a list first.`
      : `The last list has numbers 1 to ${known}, so I do not know ${number}.`,
  noSuchId: (id: string): Text => text`There is no file ${{ code: id }} here, or it is not shared with you.`,
  lockerIsEmpty: 'Your locker is empty. Send me a file, and it is saved.',
  trashIsEmpty: 'The trash is empty.',
  empty: (file: FileView, url: string): Text =>
    text`${name(file)} is empty: 0 bytes, which no chat can carry. This link gives it to you as it is, once: ${{ link: url, text: url }}`,
  tooLargeToDeliver: (
    file: FileView,
    {
      sizeBytes,
      limitBytes,
      url,
      until,
    }: { sizeBytes: number; limitBytes: number; url: string; until: string },
  ): Text =>
    text`${name(file)} is ${formatSize(sizeBytes)}; this chat takes at most ${formatSize(limitBytes)} from me. Fetch it here, once, ${until}: ${{ link: url, text: url }}`,
  oldVersionNotHere: (
    file: FileView,
    version: number,
    sizeBytes: number,
    limitBytes: number | null,
  ): string =>
    `Version ${version} of ${file.name} is ${formatSize(sizeBytes)}; ${
      sizeBytes === 0
        ? 'no chat can carry an empty file'
        : `this chat takes at most ${formatSize(limitBytes ?? 0)} from me`
    }, and links lead to the current version. Fetch it through the API: GET /v1/files/${file.id}/versions/${version}/content.`,
  willBeDeleted: (seconds: number): Text => [`I delete this message in ${formatDuration(seconds)}.`],
  stayTooLong: 'A file can stay in the chat for up to 47 hours before I delete it; after that no bot can.',
  oldVersion: (version: number): Text => [`Version ${version}.`],

  renamed: (before: string, file: FileView): Text => text`${{ bold: before }} is now ${name(file)}.`,
  askNewName: (file: FileView): Text => text`What is the new name of ${name(file)}?`,
  moved: (file: FileView): Text => text`Moved to ${{ bold: file.folder ?? '/' }}.`,
  askFolder: (file: FileView): Text =>
    text`Which folder should ${name(file)} go to? Folders come to be by themselves.`,
  tagged: (file: FileView): Text =>
    file.tags.length === 0
      ? text`${name(file)} has no tags now.`
      : text`${name(file)} has ${file.tags.map((tag) => `#${tag}`).join(' ')} now.`,
  askTags: (file: FileView): Text =>
    text`Which tags should ${name(file)} get? A minus takes one away. ${
      file.tags.length === 0 ? 'It has none yet.' : `It has ${file.tags.map((tag) => `#${tag}`).join(' ')}.`
    }`,
  trashed: (file: FileView): Text =>
    text`${name(file)} is in the trash. Only you see it there, and nobody it was shared with gets it.`,
  restored: ['It is back, shared as it was before.'],
  askDelete: (file: FileView): Text =>
    text`Delete ${name(file)} (${formatSize(file.sizeBytes)}) for ever${
      file.version > 1 ? `, all ${file.version} versions of it` : ''
    }? Its keys are destroyed, so nobody can bring it back.`,
  deleted: (file: FileView): Text => text`${name(file)} is deleted for ever.`,
  kept: (file: FileView): Text => text`${name(file)} stays.`,
  keptTrash: ['The trash stays as it is.'],
  askEmptyTrash: (count: number, more: boolean): Text => [
    `Delete ${more ? `the ${plural(count, 'file')} deleted last` : plural(count, 'file')} in the trash for ever? Nobody can bring ${count === 1 ? 'it' : 'them'} back.`,
  ],
  trashEmptied: (count: number): Text => [`${plural(count, 'file')} deleted for ever.`],

  versionsTitle: (file: FileView, count: number): Text => text`${plural(count, 'version')} of ${name(file)}`,
  version: (version: VersionView, current: boolean): Text =>
    text`${{ bold: `Version ${version.n}` }}${current ? ' (current)' : ''}`,
  versionDetail: (version: VersionView, reader: Reader): Text => [
    [
      formatSize(version.sizeBytes),
      formatMoment(version.createdAt, reader),
      ...(version.createdBy === null ? [] : [`by @${version.createdBy}`]),
    ].join(' · '),
  ],
};

export const listWords = {
  yours: ['Your files'],
  shared: ['Shared with you'],
  trash: ['Trash'],
  folders: ['Folders'],
  nothing: ['Nothing here.'],
  nothingShared: ['Nobody shares anything with you yet.'],
  noFolders: ['There are no folders yet. A caption that begins with /invoices puts a file into one.'],
  folderDetail: (files: number, sizeBytes: number, owner: string | null): Text => [
    [plural(files, 'file'), formatSize(sizeBytes), ...(owner === null ? [] : [`from @${owner}`])].join(' · '),
  ],
  title: ({
    whose,
    trash,
    query,
    folder,
    tag,
    page,
  }: {
    whose: string;
    trash: boolean;
    query: string | undefined;
    folder: string | undefined;
    tag: string | undefined;
    page: number;
  }): Text => {
    const of = whose.startsWith('@')
      ? text`Shared by ${whose}`
      : whose === 'others'
        ? listWords.shared
        : trash
          ? listWords.trash
          : query !== undefined
            ? ['Files']
            : listWords.yours;
    return text`${of}${query === undefined ? '' : text` that match ${{ bold: excerpt(query) }}`}${
      folder === undefined ? '' : text` in ${{ bold: folder }}`
    }${tag === undefined ? '' : text` with ${{ bold: `#${tag}` }}`}${page === 0 ? '' : `, page ${page + 1}`}`;
  },
};
