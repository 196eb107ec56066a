import joi, { type Schema } from 'joi';
import { allScopes } from '../src/accounts/actor.ts';

const { object, array, string, number } = joi;

const time = () => string().isoDate();
const size = () => number().integer().min(0).unit('bytes');
const text = () => string().allow('');
/** An answer: every field is always there. */
const answer = (fields: Record<string, Schema>) => object(fields).presence('required').required();
const nullable = (schema: Schema) => schema.allow(null);

export const scope = string().valid(...allScopes);
const access = string().valid('owner', 'editor', 'viewer');
const grantRole = string().valid('viewer', 'editor');

export const fileSchema = answer({
  id: string(),
  name: string(),
  folder: nullable(string()),
  tags: array().items(string()),
  mediaType: string(),
  description: text(),
  sizeBytes: size(),
  sha256: string().length(64),
  version: number().integer().min(1),
  createdAt: time(),
  updatedAt: time(),
  trashedAt: nullable(time()),
  owner: string(),
  access,
});
export const filePageSchema = answer({ files: array().items(fileSchema), next: nullable(string()) });
export const folderListSchema = answer({
  folders: array().items(
    answer({ folder: string(), owner: string(), files: number().integer(), sizeBytes: size() }),
  ),
});
export const versionListSchema = answer({
  versions: array().items(
    answer({
      n: number().integer().min(1),
      sizeBytes: size(),
      sha256: string().length(64),
      createdAt: time(),
      createdBy: nullable(string()),
    }),
  ),
});

const grantFields = { grantee: string(), role: grantRole, createdAt: time(), expiresAt: nullable(time()) };
export const grantSchema = answer(grantFields);
export const grantListSchema = answer({ grants: array().items(grantSchema) });
export const sharedFolderListSchema = answer({
  folders: array().items(answer({ folder: string(), ...grantFields })),
});

export const accountSchema = answer({
  handle: string(),
  role: string().valid('owner', 'admin', 'member'),
  quotaBytes: size(),
  usedBytes: size(),
  createdAt: time(),
  scopes: array().items(scope),
});
const tokenFields = {
  access_token: string(),
  token_type: string().valid('Bearer'),
  expires_in: number().integer().unit('seconds'),
  refresh_token: string(),
  scope: text(),
};
export const tokenSchema = answer(tokenFields);
export const welcomeSchema = answer({ ...tokenFields, handle: string() });
export const codeSchema = answer({ code: string(), expiresAt: time() });

const apiTokenFields = {
  id: string(),
  name: string(),
  scopes: array().items(scope),
  createdAt: time(),
  expiresAt: time(),
};
export const apiTokenSchema = answer(apiTokenFields);
export const newApiTokenSchema = answer({
  ...apiTokenFields,
  access_token: string(),
  token_type: string().valid('Bearer'),
});
export const apiTokenListSchema = answer({ tokens: array().items(apiTokenSchema) });
export const healthSchema = answer({ status: string().valid('ok') });

export const problemSchema = object({
  type: string().required(),
  title: string().required(),
  status: number().integer().required(),
  code: string().required(),
  detail: string(),
  subject: string(),
  limit: number(),
  actual: number(),
  scope: string(),
  error: string(),
  requestId: string().required(),
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
  fileId: object({
    id: string().lowercase().max(32).required().description('Id of the file, such as k3f9qz'),
  }),
  fileAndVersion: object({
    id: string().lowercase().max(32).required().description('Id of the file'),
    n: number().integer().min(1).required().description('Number of the version'),
  }),
  fileAndHandle: object({
    id: string().lowercase().max(32).required().description('Id of the file'),
    handle: string().max(64).required().description('Handle of an account'),
  }),
  folder: object({
    path: string().max(2048).required().description('Folder path, percent-encoded: %2Fwork%2F2026'),
  }),
  folderAndHandle: object({
    path: string().max(2048).required().description('Folder path, percent-encoded: %2Fwork%2F2026'),
    handle: string().max(64).required().description('Handle of an account'),
  }),
};

export const grantBody = object({
  role: grantRole.default('viewer'),
  expiresAt: string().isoDate().allow(null).default(null).description('When it ends; null for never'),
}).default({ role: 'viewer', expiresAt: null });

export const tagList = string().allow('').max(4096).description('Tags, separated by commas');
export const folderText = string().max(2048);
export const nameText = string().max(2048);
export const handleText = string().max(64);
export const codeText = string().max(128);
