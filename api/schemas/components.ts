import type { Schema } from 'joi';
import { accountPageSchema, accountSchema, accountSummarySchema, restrictionSchema } from './accounts.ts';
import { activityPageSchema } from './activity.ts';
import { filePageSchema, fileSchema, folderListSchema, proofSchema, versionListSchema } from './files.ts';
import { healthSchema, readySchema } from './health.ts';
import { linkDetailsSchema, linkListSchema, linkSchema, newLinkSchema, receiptSchema } from './links.ts';
import { problemSchema } from './problem.ts';
import { grantListSchema, grantSchema, sharedFolderListSchema } from './sharing.ts';
import {
  apiTokenListSchema,
  apiTokenSchema,
  codeSchema,
  deviceSchema,
  identityListSchema,
  newApiTokenSchema,
  sessionListSchema,
  tokenSchema,
  waitingDeviceSchema,
  welcomeSchema,
} from './sign-in.ts';
import { uploadSchema } from './uploads.ts';

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
