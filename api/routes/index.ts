import type { Operation } from '../operation.ts';
import { contentOperations } from './content.ts';
import { fileOperations } from './files.ts';
import { folderOperations } from './folders.ts';
import { grantOperations } from './grants.ts';
import { healthOperations } from './health.ts';
import { inviteOperations } from './invites.ts';
import { meOperations } from './me.ts';
import { setupOperations } from './setup.ts';
import { tokenOperations } from './token.ts';
import { apiTokenOperations } from './tokens.ts';
import { versionOperations } from './versions.ts';

/** Every operation of the API, in the order in which the documentation shows them. */
export const operations: readonly Operation[] = [
  ...setupOperations,
  ...inviteOperations,
  ...tokenOperations,
  ...apiTokenOperations,
  ...meOperations,
  ...fileOperations,
  ...contentOperations,
  ...versionOperations,
  ...folderOperations,
  ...grantOperations,
  ...healthOperations,
];
