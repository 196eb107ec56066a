import joi from 'joi';
import { answer, nullable, size, text, time } from './parts.ts';

const linkFields = {
  id: joi.string(),
  kind: joi.string().valid('download', 'request', 'upload'),
  state: joi.string().valid('open', 'busy', 'used-up', 'expired', 'revoked'),
  label: text(),
  note: text(),
  file: nullable(joi.string()),
  folder: nullable(joi.string()),
  hasPassword: joi.boolean(),
  limit: nullable(joi.number().integer()),
  used: joi.number().integer(),
  underWay: joi.number().integer(),
  maxBytes: nullable(size()),
  maxFileBytes: nullable(size()),
  usedBytes: size(),
  createdAt: time(),
  expiresAt: nullable(time()),
  revokedAt: nullable(time()),
};
export const linkSchema = answer(linkFields);
export const newLinkSchema = answer({ ...linkFields, url: joi.string() });
export const linkListSchema = answer({ links: joi.array().items(linkSchema) });
export const linkDetailsSchema = answer({
  ...linkFields,
  wrongPasswords: joi.number().integer(),
  events: joi.array().items(
    answer({
      at: time(),
      outcome: joi.string().valid('delivered', 'interrupted', 'received'),
      file: nullable(joi.string()),
      bytes: size(),
      client: text(),
      address: text(),
    }),
  ),
});
export const receiptSchema = answer({
  received: joi
    .array()
    .items(answer({ name: joi.string(), sizeBytes: size(), sha256: joi.string().length(64) })),
});
