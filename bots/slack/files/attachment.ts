import type { Attachment } from '../../port/incoming.ts';
import type { SlackFile } from '../payloads.ts';
import type { Slack } from '../slack.ts';
import { originOf } from './file-hosts.ts';
import { SlackRefusal } from '../transport/web.ts';
import { fileSentences } from '../words.ts';
import { fetchFile } from './fetch-file.ts';

/** What Slack shows like a file, and keeps as something of its own. */
const documentModes = new Set(['post', 'canvas', 'space', 'docs', 'list', 'quip']);

/**
 * Turns the files of a message into attachments. What Slack does not describe is asked for; what cannot be had says why.
 *
 * @throws SlackUnavailable if Slack cannot be asked.
 */
export const attachmentsOf = async (
  slack: Slack,
  team: string,
  files: readonly SlackFile[],
): Promise<Attachment[]> =>
  Promise.all(files.map(async (file, index) => attachmentOf(slack, team, file, index)));

async function attachmentOf(slack: Slack, team: string, file: SlackFile, index: number): Promise<Attachment> {
  const described = needsInfo(file) ? await ask(slack, file) : { file };
  const found = described.file;
  const { id = file.id ?? `unknown-${index}`, mimetype, size } = found;
  const url = slack.files.allow(found.url_private_download) ?? slack.files.allow(found.url_private);
  const named = found.url_private_download ?? found.url_private;
  const mediaType = typeof mimetype === 'string' && mimetype !== '' ? mimetype : 'application/octet-stream';
  const sizeBytes = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined;
  const sentence =
    described.sentence ??
    obstacleOf(found) ??
    (url === undefined
      ? named === undefined
        ? fileSentences.noAccess
        : fileSentences.unknownHost
      : undefined);
  if (sentence === fileSentences.unknownHost)
    slack.locker.log.warn(
      { host: originOf(named) },
      'a file lies at no file host of Slack; if it is one, name it in SLACK_FILE_HOSTS',
    );
  return {
    kind: 'file',
    // Of what was deleted Slack keeps no name, and a made-up one would be no use to anybody.
    name: found.name ?? found.title ?? (sentence === undefined ? undefined : 'A file'),
    mediaType,
    sizeBytes,
    origin: `slack:${team}:${id}`,
    ...(sentence === undefined ? {} : { obstacle: { sentence } }),
    open: async (signal) => {
      if (url === undefined) throw new RangeError('an attachment with an obstacle was opened');
      return fetchFile({ url, botToken: slack.config.botToken, mediaType, sizeBytes }, signal);
    },
  };
}

const needsInfo = ({
  mode,
  file_access,
  url_private,
  url_private_download,
  is_external,
}: SlackFile): boolean =>
  file_access === 'check_file_info' ||
  mode === 'file_access' ||
  (mode !== 'tombstone' &&
    mode !== 'hidden_by_limit' &&
    is_external !== true &&
    url_private === undefined &&
    url_private_download === undefined);

async function ask(slack: Slack, file: SlackFile): Promise<{ file: SlackFile; sentence?: string }> {
  if (file.id === undefined) return { file, sentence: fileSentences.noAccess };
  try {
    const answer = await slack.web.call('files.info', { file: file.id });
    const found = (answer['file'] ?? {}) as SlackFile;
    // Slack refers to itself where it may not tell more.
    return needsInfo(found)
      ? { file: found, sentence: obstacleOf(found) ?? fileSentences.noAccess }
      : { file: found };
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return { file, sentence: refusals[error.code] ?? fileSentences.noAccess };
  }
}

const refusals: Readonly<Record<string, string>> = {
  file_deleted: fileSentences.tombstone,
  missing_scope: fileSentences.missingScope,
};

function obstacleOf({ mode, file_access, is_external, external_type }: SlackFile): string | undefined {
  if (mode === 'tombstone') return fileSentences.tombstone;
  if (mode === 'hidden_by_limit') return fileSentences.hidden;
  if (is_external === true || mode === 'external') return fileSentences.external(whereOf(external_type));
  if (documentModes.has(mode ?? '')) return fileSentences.document;
  if (file_access === 'file_not_found') return fileSentences.gone;
  if (file_access === 'access_denied') return fileSentences.noAccess;
  return undefined;
}

const places: Readonly<Record<string, string>> = {
  gdrive: 'Google Drive',
  dropbox: 'Dropbox',
  box: 'Box',
  onedrive: 'OneDrive',
  sharepoint: 'SharePoint',
};

const whereOf = (type: string | undefined): string | undefined => places[type ?? ''];
