import { type Actor, type Me, requirePerson } from '../accounts/actor.ts';
import { readActivity } from '../audit/activity.ts';
import { audited } from '../audit/audited.ts';
import { isLockerError } from '../errors.ts';
import type { FileDoc } from '../files/documents.ts';
import { readVersion } from '../files/download.ts';
import { type FileMetadata, findVersion, openEntry } from '../files/entry.ts';
import type { Locker } from '../locker.ts';
import { meterDownload } from '../metrics/transfers.ts';
import { restricted } from '../sharing/restriction.ts';
import { ArchivePaths } from './archive-paths.ts';
import { describePerson, describeSharing } from './describe-person.ts';

/** One file of an export, to be written before the next one is asked for. */
export interface ExportPart {
  /** Relative, with slashes. */
  readonly path: string;
  readonly modifiedAt: Date;
  /** Length, where it is known before; then anything else is an error. */
  readonly sizeBytes: number | undefined;
  readonly isText: boolean;
  readonly bytes: AsyncIterable<Buffer>;
}

export interface ExportOptions {
  /** Ids of files whose content is left out, such as one that is damaged. */
  readonly without?: readonly string[] | undefined;
  /** Aborted when nobody takes the parts any more. */
  readonly signal?: AbortSignal | undefined;
}

const pageSize = 200;

/**
 * Gives someone everything that is kept about them: account, sign-ins, shares, links, activity, and every version of every
 * file, the trash included. Content that is damaged, does not open, or is restricted, is left out and named in the last part.
 * What is damaged or deleted while it is given out ends the export with the error: half a file must not look like a whole one.
 *
 * @throws LockerError `forbidden` for a named API token; the parts: `content_damaged`, and as `requireAccount` once the account may no longer.
 */
export const exportAccount = audited(
  'account.export',
  () => ({}),
  async (
    locker: Locker,
    actor: Actor,
    options: ExportOptions = {},
  ): Promise<{ handle: string; parts: AsyncGenerator<ExportPart, void, undefined> }> => {
    const { account } = await requirePerson(locker, actor, 'files:read');
    return {
      handle: account.handle,
      parts: partsOf(locker, actor, new Set(options.without), options.signal),
    };
  },
);

async function* partsOf(
  locker: Locker,
  actor: Actor,
  without: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ExportPart, void, undefined> {
  // Looked at anew for every part: whoever is suspended meanwhile gets no more.
  const allowed = () => requirePerson(locker, actor, 'files:read');
  const me = await allowed();
  const problems: string[] = [];
  const now = locker.now();
  const text = (path: string, bytes: AsyncIterable<Buffer>): ExportPart => ({
    path,
    modifiedAt: now,
    sizeBytes: undefined,
    isText: true,
    bytes,
  });
  yield text('README.txt', textOf([readme(me.account.handle, now)]));
  yield text('account.json', textOf([json(await describePerson(locker, me))]));
  yield text('sharing.json', textOf([json(await describeSharing(locker, await allowed()))]));
  yield text('activity.json', listOf(activityOf(locker, allowed)));
  const paths = new ArchivePaths();
  const ids = await locker.collections.files
    .find({ owner: me.account._id }, { projection: { _id: 1 } })
    .map(({ _id }) => _id)
    .toArray();
  const places = new Map<string, string>();
  yield text('files.json', listOf(describeFiles(locker, allowed, ids, { paths, places, problems })));
  for await (const { file, metadata } of filesOf(locker, allowed, ids, [])) {
    for (const { n } of metadata.versions) {
      const path = places.get(`${file._id} ${n}`);
      if (path === undefined) continue;
      const leftOut = (why: string) => problems.push(`${path}: ${why}`);
      const current = await allowed();
      if (without.has(file._id)) leftOut('left out, as you asked.');
      else if (file.restriction !== undefined)
        leftOut(restricted(current.keys, file).details.hint ?? 'restricted.');
      else {
        const content = await openVersion(locker, { file, metadata }, n, signal);
        if (content === undefined) leftOut('damaged. Ask the operator to restore it from a backup.');
        else
          yield {
            path,
            modifiedAt: content.stored.createdAt,
            sizeBytes: content.facts.size,
            isText: false,
            bytes: meterDownload(locker.meter, actor.door, content.bytes),
          };
      }
    }
  }
  if (problems.length > 0) yield text('PROBLEMS.txt', textOf(problems.map((line) => `${line}\n`)));
}

/** Read to its end before it is given out: an archive cannot take back half a file. @returns undefined if it does not open; the log says so. */
async function openVersion(locker: Locker, { file, metadata }: Opened, n: number, signal?: AbortSignal) {
  try {
    const { facts, stored } = findVersion(file, metadata, n);
    const read = () => readVersion(locker, file._id, facts, stored, { start: 0, end: facts.size });
    // The first segment of whatever is read is verified at once.
    if (facts.size > facts.segmentBytes) for await (const _ of await read()) signal?.throwIfAborted();
    return { facts, stored, bytes: await read() };
  } catch (error) {
    if (!isLockerError(error, 'content_damaged') && !isLockerError(error, 'key_missing')) throw error;
    return undefined;
  }
}

interface Opened {
  readonly file: FileDoc;
  readonly metadata: FileMetadata;
}

/** The files of these ids that are still there, with what describes them. */
async function* filesOf(
  locker: Locker,
  allowed: () => Promise<Me>,
  ids: readonly string[],
  problems: string[],
): AsyncGenerator<Opened, void, undefined> {
  for (let start = 0; start < ids.length; start += pageSize) {
    const { account, keys } = await allowed();
    const files = await locker.collections.files
      .find({ _id: { $in: ids.slice(start, start + pageSize) }, owner: account._id })
      .sort({ _id: 1 })
      .toArray();
    for (const file of files) {
      try {
        yield { file, metadata: openEntry(keys, file) };
      } catch (error) {
        if (!isLockerError(error, 'content_damaged')) throw error;
        problems.push(
          `file ${file._id}: its record is damaged. Ask the operator to restore it from a backup.`,
        );
      }
    }
  }
}

/** Describes the files, and gives each of their versions its place in the archive. */
async function* describeFiles(
  locker: Locker,
  allowed: () => Promise<Me>,
  ids: readonly string[],
  { paths, places, problems }: { paths: ArchivePaths; places: Map<string, string>; problems: string[] },
): AsyncGenerator<object, void, undefined> {
  for await (const { file, metadata } of filesOf(locker, allowed, ids, problems)) {
    const { name, folder, tags, mediaType, description, versions } = metadata;
    const current = versions.at(-1)?.n;
    const top = file.trashedAt === null ? 'files' : 'trash';
    const described = versions.map(({ n, size, sha256 }) => {
      const path =
        n === current
          ? paths.place(top, folder, name, file._id)
          : paths.place('versions', `/${file._id}/${n}`, name, file._id);
      places.set(`${file._id} ${n}`, path);
      const createdAt = file.versions.find((version) => version.n === n)?.createdAt;
      return { n, path, sizeBytes: size, sha256, createdAt };
    });
    yield {
      id: file._id,
      name,
      folder,
      tags,
      mediaType,
      description,
      createdAt: file.createdAt,
      updatedAt: file.updatedAt,
      trashedAt: file.trashedAt,
      versions: described,
    };
  }
}

async function* activityOf(
  locker: Locker,
  allowed: () => Promise<Me>,
): AsyncGenerator<object, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await readActivity(locker, await allowed(), { limit: pageSize, cursor });
    yield* page.activity;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

async function* textOf(lines: Iterable<string>): AsyncGenerator<Buffer, void, undefined> {
  for (const line of lines) yield Buffer.from(line);
}

/** A JSON array, one item a line. */
async function* listOf(items: AsyncIterable<object>): AsyncGenerator<Buffer, void, undefined> {
  let before = '[\n';
  for await (const item of items) {
    yield Buffer.from(`${before}${JSON.stringify(item)}`);
    before = ',\n';
  }
  yield Buffer.from(before === '[\n' ? '[]\n' : '\n]\n');
}

const readme = (
  handle: string,
  at: Date,
) => `Everything that this Coffer keeps about ${handle}, on ${at.toISOString()}.

account.json    the account, its chats, sign-ins and API tokens
sharing.json    what is shared with whom, and the links, with who used them
activity.json   what happened, newest first
files.json      every file: id, name, folder, tags, description, versions, and where each is in here
files/          the files, in their folders
trash/          the files in the trash
versions/       older versions, by the id of their file
PROBLEMS.txt    only if something is missing in here, and why

Times are in UTC. The contents are no longer encrypted: keep them accordingly.
`;
