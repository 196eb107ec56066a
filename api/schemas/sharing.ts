import joi from 'joi';
import { answer, instant, nullable, time } from './parts.ts';

const grantRole = joi.string().valid('viewer', 'editor');
const grantFields = {
  grantee: joi.string(),
  role: grantRole,
  createdAt: time(),
  expiresAt: nullable(time()),
};
export const grantSchema = answer(grantFields);
export const grantListSchema = answer({ grants: joi.array().items(grantSchema) });
export const sharedFolderListSchema = answer({
  folders: joi.array().items(answer({ folder: joi.string(), ...grantFields })),
});
export const accessRequestListSchema = answer({
  requests: joi
    .array()
    .items(answer({ id: joi.string(), file: joi.string(), by: joi.string(), askedAt: time() })),
});
export const grantBody = joi
  .object({
    role: grantRole.default('viewer'),
    expiresAt: instant().allow(null).default(null).description('When it ends; null for never'),
  })
  .empty(null)
  .default({ role: 'viewer', expiresAt: null });
