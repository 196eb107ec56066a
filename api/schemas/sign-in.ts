import joi from 'joi';
import { allScopes } from '../../src/accounts/actor.ts';
import { door } from './activity.ts';
import { answer, count, nullable, text, time } from './parts.ts';

export const scope = joi.string().valid(...allScopes);
const tokenFields = {
  access_token: joi.string(),
  token_type: joi.string().valid('Bearer'),
  expires_in: joi.number().integer().unit('seconds'),
  refresh_token: joi.string(),
  scope: text(),
};
export const tokenSchema = answer(tokenFields);
export const welcomeSchema = answer({ ...tokenFields, handle: joi.string() });
export const codeSchema = answer({ code: joi.string(), expiresAt: time() });
export const deviceSchema = answer({
  device_code: joi.string(),
  user_code: joi.string(),
  verification_uri: joi.string(),
  verification_uri_complete: joi.string(),
  expires_in: joi.number().integer().unit('seconds'),
  interval: joi.number().integer().unit('seconds'),
});
export const waitingDeviceSchema = answer({
  userCode: joi.string(),
  client: joi.string(),
  door,
  address: joi.string(),
  scopes: joi.array().items(scope),
  createdAt: time(),
  expiresAt: time(),
});
export const sessionListSchema = answer({
  sessions: joi.array().items(
    answer({
      id: joi.string(),
      door,
      client: joi.string(),
      address: joi.string(),
      scopes: joi.array().items(scope),
      createdAt: time(),
      lastUsedAt: time(),
      current: joi.boolean(),
    }),
  ),
});
export const endedSchema = answer({ ended: count() });
export const identityListSchema = answer({
  identities: joi
    .array()
    .items(answer({ id: joi.string(), label: nullable(text()), createdAt: time(), current: joi.boolean() })),
});
const apiTokenFields = {
  id: joi.string(),
  name: joi.string(),
  scopes: joi.array().items(scope),
  createdAt: time(),
  expiresAt: time(),
};
export const apiTokenSchema = answer(apiTokenFields);
export const newApiTokenSchema = answer({
  ...apiTokenFields,
  access_token: joi.string(),
  token_type: joi.string().valid('Bearer'),
});
export const apiTokenListSchema = answer({ tokens: joi.array().items(apiTokenSchema) });
