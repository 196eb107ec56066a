import joi, { type Schema } from 'joi';
import { allScopes } from '../src/accounts/actor.ts';

const time = () => joi.string().isoDate();
const size = () => joi.number().integer().min(0).unit('bytes');
const text = () => joi.string().allow('');
/** An answer: every field is always there. */
const answer = (fields: Record<string, Schema>) => joi.object(fields).presence('required').required();
const nullable = (schema: Schema) => schema.allow(null);

export const scope = joi.string().valid(...allScopes);
const access = joi.string().valid('owner', 'editor', 'viewer');
const grantRole = joi.string().valid('viewer', 'editor');

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

export const accountSchema = answer({
  handle: joi.string(),
  role: joi.string().valid('owner', 'admin', 'member'),
  quotaBytes: size(),
  usedBytes: size(),
  createdAt: time(),
  scopes: joi.array().items(scope),
});
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
export const healthSchema = answer({ status: joi.string().valid('ok') });

export const problemSchema = joi.object({
  type: joi.string().required(),
  title: joi.string().required(),
  status: joi.number().integer().required(),
  code: joi.string().required(),
  detail: joi.string(),
  subject: joi.string(),
  limit: joi.number(),
  actual: joi.number(),
  scope: joi.string(),
  error: joi.string(),
  requestId: joi.string().required(),
});

/** Schemas with a name of their own in the OpenAPI document. */
export const components: Readonly<Record<string, Schema>> = {
  File: fileSchema,
  FilePage: filePageSchema,
  FolderList: folderListSchema,
  VersionList: versionListSchema,
  Grant: grantSchema,
  GrantList: grantListSchema,
  SharedFolderList: sharedFolderListSchema,
  Account: accountSchema,
  Tokens: tokenSchema,
  Welcome: welcomeSchema,
  Code: codeSchema,
  ApiToken: apiTokenSchema,
  NewApiToken: newApiTokenSchema,
  ApiTokenList: apiTokenListSchema,
  Health: healthSchema,
  Problem: problemSchema,
};

/** Parameters that several routes take. Loose on purpose where `src` decides, so that its clearer errors are seen. */
export const params = {
  fileId: joi.object({
    id: joi.string().lowercase().max(32).required().description('Id of the file, such as k3f9qz'),
  }),
  fileAndVersion: joi.object({
    id: joi.string().lowercase().max(32).required().description('Id of the file'),
    n: joi.number().integer().min(1).required().description('Number of the version'),
  }),
  fileAndHandle: joi.object({
    id: joi.string().lowercase().max(32).required().description('Id of the file'),
    handle: joi.string().max(64).required().description('Handle of an account'),
  }),
  folder: joi.object({
    path: joi.string().max(2048).required().description('Folder path, percent-encoded: %2Fwork%2F2026'),
  }),
  folderAndHandle: joi.object({
    path: joi.string().max(2048).required().description('Folder path, percent-encoded: %2Fwork%2F2026'),
    handle: joi.string().max(64).required().description('Handle of an account'),
  }),
};

export const grantBody = joi
  .object({
    role: grantRole.default('viewer'),
    expiresAt: joi.string().isoDate().allow(null).default(null).description('When it ends; null for never'),
  })
  .default({ role: 'viewer', expiresAt: null });

export const tagList = joi.string().allow('').max(4096).description('Tags, separated by commas');
export const folderText = joi.string().max(2048);
export const nameText = joi.string().max(2048);
export const handleText = joi.string().max(64);
export const codeText = joi.string().max(128);
