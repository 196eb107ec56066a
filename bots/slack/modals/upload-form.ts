import type { types } from '@slack/bolt';
import type { SlackFile, ViewBody, ViewValue } from '../payloads.ts';
import { plainText } from '../render/elements.ts';

export const uploadForm = 'coffer-upload';

/** Bytes of one file, and files, that Slack lets through a form (docs.slack.dev, File input). */
export const formLimitBytes = 10_000_000;
const maxFiles = 10;

const fields = { files: 'files', link: 'link', name: 'name', folder: 'folder', tags: 'tags' } as const;
const maxName = 255;

/** The form that saves a file, with its name, folder and tags. */
export const uploadView = (): types.ModalView => ({
  type: 'modal',
  callback_id: uploadForm,
  title: plainText('Save to Coffer', 24),
  submit: plainText('Save', 24),
  close: plainText('Cancel', 24),
  blocks: [
    {
      type: 'input',
      block_id: fields.files,
      optional: true,
      label: plainText('Files', 100),
      hint: plainText('Up to ten, of at most 10 MB each.', 100),
      element: { type: 'file_input', action_id: fields.files, max_files: maxFiles },
    },
    {
      type: 'input',
      block_id: fields.link,
      optional: true,
      label: plainText('Something larger?', 100),
      element: {
        type: 'checkboxes',
        action_id: fields.link,
        options: [{ text: plainText('Give me a link for one upload of any size', 75), value: 'link' }],
      },
    },
    field(fields.name, 'Name', 'As the file is called', maxName),
    field(fields.folder, 'Folder', '/invoices/2026', 1000),
    field(fields.tags, 'Tags', 'tax 2026', 1000),
  ],
});

const field = (id: string, label: string, placeholder: string, maxLength: number): types.InputBlock => ({
  type: 'input',
  block_id: id,
  optional: true,
  label: plainText(label, 100),
  element: {
    type: 'plain_text_input',
    action_id: id,
    max_length: maxLength,
    placeholder: plainText(placeholder, 150),
  },
});

/** What was filled in. */
export interface Filled {
  readonly files: readonly SlackFile[];
  readonly wantsLink: boolean;
  readonly name: string;
  readonly folder: string;
  readonly tags: readonly string[];
}

export function readUploadForm({ view }: ViewBody): Filled {
  const value = (id: string): ViewValue | undefined => view.state?.values?.[id]?.[id];
  const folder = textOf(value(fields.folder));
  return {
    files: value(fields.files)?.files ?? [],
    wantsLink: (value(fields.link)?.selected_options ?? []).length > 0,
    name: textOf(value(fields.name)),
    folder: folder === '' || folder.startsWith('/') ? folder : `/${folder}`,
    tags: textOf(value(fields.tags))
      .split(/[\s,]+/u)
      .map((tag) => tag.replace(/^#/, ''))
      .filter((tag) => tag !== ''),
  };
}

const textOf = (value: ViewValue | undefined): string => (value?.value ?? '').replaceAll(/\s+/gu, ' ').trim();

/** What is wrong with a form, by field; nothing if it can be taken. Looks at nothing but the form. */
export function problemsOf({ files, wantsLink, name }: Filled): Record<string, string> {
  if (files.length === 0 && !wantsLink) return { [fields.files]: 'Choose a file, or ask for a link below.' };
  const tooLarge = files.find(({ size }) => typeof size === 'number' && size > formLimitBytes * 1.1);
  if (tooLarge !== undefined && !wantsLink)
    return { [fields.files]: 'A form takes files of at most 10 MB. Ask for a link below.' };
  if (files.length > 1 && name !== '')
    return { [fields.name]: 'Several files keep their own names. Leave this empty, or choose one file.' };
  return {};
}
