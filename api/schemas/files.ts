import joi from 'joi';
import { answer, count, nullable, size, text, time } from './parts.ts';

const access = joi.string().valid('owner', 'editor', 'viewer');
export const fileSchema = answer({
  id: joi.string(),
  name: joi.string(),
  folder: nullable(joi.string()),
  tags: joi.array().items(joi.string()),
  mediaType: joi.string(),
  description: text(),
  sizeBytes: size(),
  sha256: joi.string().length(64),
  version: joi.number().integer().min(1),
  createdAt: time(),
  updatedAt: time(),
  trashedAt: nullable(time()),
  restricted: joi.boolean(),
  owner: joi.string(),
  access,
});
export const filePageSchema = answer({ files: joi.array().items(fileSchema), next: nullable(joi.string()) });
export const folderListSchema = answer({
  folders: joi
    .array()
    .items(
      answer({ folder: joi.string(), owner: joi.string(), files: joi.number().integer(), sizeBytes: size() }),
    ),
});
export const versionListSchema = answer({
  versions: joi.array().items(
    answer({
      n: joi.number().integer().min(1),
      sizeBytes: size(),
      sha256: joi.string().length(64),
      createdAt: time(),
      createdBy: nullable(joi.string()),
    }),
  ),
});
export const proofSchema = answer({
  fileId: joi.string(),
  version: joi.number().integer().min(1),
  format: joi.string().valid('coffer/v1'),
  keyId: joi.string().length(16),
  segments: count(),
  segmentBytes: size(),
  sealedBytes: size(),
  plaintextBytes: size(),
  macsVerified: count(),
  sha256: joi.string().length(64),
  sha256Matches: joi.boolean(),
  intact: joi.boolean(),
  damaged: joi.array().items(count()),
  checkedAt: time(),
  database: answer({ collection: joi.string(), contentId: joi.string(), sampleHex: text() }),
});
