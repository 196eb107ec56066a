import joi from 'joi';
import { answer, count, nullable, size, time } from './parts.ts';
import { scope } from './sign-in.ts';

export const accountSchema = answer({
  handle: joi.string(),
  role: joi.string().valid('owner', 'admin', 'member'),
  quotaBytes: size(),
  usedBytes: size(),
  fileCount: count(),
  maxFiles: nullable(count()),
  createdAt: time(),
  allowRequests: joi.boolean(),
  scopes: joi.array().items(scope),
});
export const accountSummarySchema = answer({
  handle: joi.string(),
  role: joi.string().valid('owner', 'admin', 'member'),
  status: joi.string().valid('active', 'suspended', 'removing'),
  quotaBytes: size(),
  usedBytes: size(),
  maxFiles: nullable(count()),
  fileCount: count(),
  createdAt: time(),
  lastSeenAt: nullable(time()),
});
export const erasureReceiptSchema = answer({
  account: joi.string(),
  handle: joi.string(),
  erasedAt: time(),
  files: count(),
  versions: count(),
  sizeBytes: size(),
});
export const accountPageSchema = answer({
  accounts: joi.array().items(accountSummarySchema),
  next: nullable(joi.string()),
});
export const revokedSchema = answer({
  sessions: count(),
  tokens: count(),
  links: count(),
  grants: count(),
});
export const restrictionSchema = answer({ id: joi.string(), owner: joi.string(), restrictedAt: time() });
