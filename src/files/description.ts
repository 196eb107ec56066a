import { requireName, safeName } from './file-name.ts';
import { requireFolder } from './folder-path.ts';
import { requireTags } from './tags.ts';
import { LockerError } from '../errors.ts';

/** Longest description, characters. */
export const maxDescriptionLength = 4000;

/** What a person may say of a file. */
export interface Description {
  readonly name?: string | undefined;
  readonly folder?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly description?: string | undefined;
}

/** The checked form: what was absent stays absent. @throws LockerError `invalid_name`, `invalid_folder`, `invalid_tag`, `bad_request`. */
export function requireDescription(input: Description): {
  name?: string;
  folder?: string;
  tags?: string[];
  description?: string;
} {
  return {
    ...(input.name === undefined ? {} : { name: requireName(input.name) }),
    ...(input.folder === undefined ? {} : { folder: requireFolder(input.folder) }),
    ...(input.tags === undefined ? {} : { tags: requireTags(input.tags) }),
    ...(input.description === undefined ? {} : { description: requireText(input.description) }),
  };
}

function requireText(text: string): string {
  const description = text
    .normalize('NFC')
    .replace(/[^\P{Cc}\n\t]|\p{Surrogate}/gu, '')
    .trim();
  if (description.length > maxDescriptionLength) {
    throw new LockerError('bad_request', {
      subject: 'description',
      limit: maxDescriptionLength,
      actual: description.length,
      hint: 'Shorten the description.',
    });
  }
  return description;
}

/** A name for what came without one, or with an unusable one. */
export const nameOrDefault = (offered: string | undefined, fallback: string): string =>
  (offered === undefined ? undefined : safeName(offered)) ?? fallback;
