import joi, { type Schema } from 'joi';
import { allScopes } from '../src/accounts/actor.ts';
import { isInstant } from './instant.ts';

const time = () => joi.string().isoDate();
/** A time that a client gives, as RFC 3339 has it: Joi alone takes days, times without a zone, and the 30th of February too. */
export const instant = () =>
  joi
    .string()
    .isoDate()
    // Or Joi rewrites it before it is looked at.
    .strict()
    .custom((text: string, helpers) => (isInstant(text) ? text : helpers.error('string.isoDate')))
    .messages({ 'string.isoDate': '{{#label}} must be a time with its zone, such as 2027-01-31T12:00:00Z' });
const size = () => joi.number().integer().min(0).unit('bytes');
const text = () => joi.string().allow('');
/** An answer: every field is always there. Not itself marked as required: a list of such could then not be empty. */
const answer = (fields: Record<string, Schema>) =>
  joi.object(fields).fork(Object.keys(fields), (field) => field.required());
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

const jobRun = () =>
  answer({
    job: joi.string(),
    reason: joi.string().valid('schedule', 'missed', 'taken-over', 'demand'),
    outcome: joi.string().valid('running', 'ok', 'failed', 'timed-out', 'lost'),
    startedAt: time(),
    endedAt: nullable(time()),
    counts: joi.object().pattern(joi.string(), joi.number()),
    problem: nullable(joi.string()),
  });
export const jobRunListSchema = answer({ runs: joi.array().items(jobRun()) });
export const jobListSchema = answer({
  jobs: joi.array().items(
    answer({
      name: joi.string(),
      schedule: joi.string(),
      nextAt: nullable(time()),
      lastRun: nullable(jobRun()),
    }),
  ),
});

export const backupsSchema = answer({
  lastSnapshotAt: nullable(time()),
  lastVerifiedSnapshotAt: nullable(time()),
  lastVerifiedAgeSeconds: nullable(joi.number().integer().min(0)),
  lastDrillAt: nullable(time()),
  snapshots: joi.array().items(
    answer({
      id: joi.string(),
      createdAt: time(),
      fingerprint: joi.string(),
      files: joi.number().integer().min(0),
      versions: joi.number().integer().min(0),
      bytes: size(),
      copiedBytes: size(),
      verifiedAt: nullable(time()),
    }),
  ),
});

export const accessRequestListSchema = answer({
  requests: joi
    .array()
    .items(answer({ id: joi.string(), file: joi.string(), by: joi.string(), askedAt: time() })),
});

export const accountSchema = answer({
  handle: joi.string(),
  role: joi.string().valid('owner', 'admin', 'member'),
  quotaBytes: size(),
  usedBytes: size(),
  fileCount: joi.number().integer().min(0),
  maxFiles: nullable(joi.number().integer().min(0)),
  createdAt: time(),
  allowRequests: joi.boolean(),
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

export const accountSummarySchema = answer({
  handle: joi.string(),
  role: joi.string().valid('owner', 'admin', 'member'),
  status: joi.string().valid('active', 'suspended', 'removing'),
  quotaBytes: size(),
  usedBytes: size(),
  maxFiles: nullable(joi.number().integer().min(0)),
  fileCount: joi.number().integer().min(0),
  createdAt: time(),
  lastSeenAt: nullable(time()),
});
export const erasureReceiptSchema = answer({
  account: joi.string(),
  handle: joi.string(),
  erasedAt: time(),
  files: joi.number().integer().min(0),
  versions: joi.number().integer().min(0),
  sizeBytes: size(),
});
export const accountPageSchema = answer({
  accounts: joi.array().items(accountSummarySchema),
  next: nullable(joi.string()),
});
export const revokedSchema = answer({
  sessions: joi.number().integer().min(0),
  tokens: joi.number().integer().min(0),
  links: joi.number().integer().min(0),
  grants: joi.number().integer().min(0),
});
export const restrictionSchema = answer({ id: joi.string(), owner: joi.string(), restrictedAt: time() });

const door = joi.string().valid('api', 'telegram', 'slack', 'link', 'operator');
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
export const endedSchema = answer({ ended: joi.number().integer().min(0) });
export const identityListSchema = answer({
  identities: joi
    .array()
    .items(answer({ id: joi.string(), label: nullable(text()), createdAt: time(), current: joi.boolean() })),
});

export const uploadSchema = answer({
  id: joi.string(),
  name: joi.string(),
  folder: joi.string(),
  tags: joi.array().items(joi.string()),
  mediaType: joi.string(),
  description: text(),
  note: text(),
  sizeBytes: nullable(size()),
  offsetBytes: size(),
  file: nullable(joi.string()),
  createdAt: time(),
  expiresAt: time(),
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
export const healthSchema = answer({ status: joi.string().valid('ok') });

export const readySchema = answer({
  status: joi.string().valid('ok'),
  backups: answer({ lastSnapshotAt: nullable(time()), lastVerifiedSnapshotAt: nullable(time()) }),
});

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

const count = () => joi.number().integer().min(0);
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
export const activityPageSchema = answer({
  activity: joi.array().items(
    answer({
      at: time(),
      action: joi.string(),
      who: nullable(joi.string()),
      door: joi.string().valid('api', 'telegram', 'slack', 'link', 'operator'),
      file: nullable(answer({ id: joi.string(), name: nullable(joi.string()) })),
      outcome: joi.string(),
      subject: nullable(text()),
    }),
  ),
  next: nullable(joi.string()),
});

/** Schemas with a name of their own in the OpenAPI document. */
export const components: Readonly<Record<string, Schema>> = {
  File: fileSchema,
  FilePage: filePageSchema,
  FolderList: folderListSchema,
  VersionList: versionListSchema,
  Upload: uploadSchema,
  Grant: grantSchema,
  GrantList: grantListSchema,
  SharedFolderList: sharedFolderListSchema,
  Account: accountSchema,
  Tokens: tokenSchema,
  Welcome: welcomeSchema,
  Code: codeSchema,
  Device: deviceSchema,
  WaitingDevice: waitingDeviceSchema,
  SessionList: sessionListSchema,
  IdentityList: identityListSchema,
  AccountSummary: accountSummarySchema,
  AccountPage: accountPageSchema,
  Restriction: restrictionSchema,
  ApiToken: apiTokenSchema,
  NewApiToken: newApiTokenSchema,
  ApiTokenList: apiTokenListSchema,
  Proof: proofSchema,
  ActivityPage: activityPageSchema,
  Health: healthSchema,
  Ready: readySchema,
  Link: linkSchema,
  NewLink: newLinkSchema,
  LinkList: linkListSchema,
  LinkDetails: linkDetailsSchema,
  Receipt: receiptSchema,
  Problem: problemSchema,
};

/** Parameters that several routes take. Loose on purpose where `src` decides, so that its clearer errors are seen. */
export const params = {
  fileId: joi.object({
    id: joi.string().lowercase().max(32).required().description('Id of the file, such as k3f9qz'),
  }),
  uploadId: joi.object({
    id: joi.string().max(32).required().description('Id of the upload'),
  }),
  linkId: joi.object({ id: joi.string().lowercase().max(32).required().description('Id of the link') }),
  linkToken: joi.object({
    // Whatever it is: a wrong one is a link that is not good.
    token: joi.string().required().description('The secret in the address of the link'),
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
    expiresAt: instant().allow(null).default(null).description('When it ends; null for never'),
  })
  .empty(null)
  .default({ role: 'viewer', expiresAt: null });

export const tagList = joi.string().allow('').max(4096).description('Tags, separated by commas');
export const folderText = joi.string().max(2048);
export const nameText = joi.string().max(2048);
export const handleText = joi.string().max(64);
export const codeText = joi.string().max(128);
