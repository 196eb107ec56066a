import type { Operation } from '../operation.ts';
import { accessRequestOperations } from './access-requests.ts';
import { activityOperations } from './activity.ts';
import { adminJobOperations } from './admin-jobs.ts';
import { adminOperations } from './admin.ts';
import { contentOperations } from './content.ts';
import { deviceOperations } from './device.ts';
import { fileOperations } from './files.ts';
import { folderOperations } from './folders.ts';
import { grantOperations } from './grants.ts';
import { healthOperations } from './health.ts';
import { identityOperations } from './identities.ts';
import { inviteOperations } from './invites.ts';
import { linkOperations } from './links.ts';
import { meOperations } from './me.ts';
import { privacyOperations } from './privacy.ts';
import { metricsOperations } from './metrics.ts';
import { proofOperations } from './proof.ts';
import { sessionOperations } from './sessions.ts';
import { publicLinkOperations } from './public-links.ts';
import { requestOperations } from './requests.ts';
import { setupOperations } from './setup.ts';
import { tokenOperations } from './token.ts';
import { apiTokenOperations } from './tokens.ts';
import { uploadOperations } from './uploads.ts';
import { uploadLinkOperations } from './upload-links.ts';
import { versionOperations } from './versions.ts';

/** Every operation of the API, in the order in which the documentation shows them. */
export const operations: readonly Operation[] = [
  ...setupOperations,
  ...inviteOperations,
  ...deviceOperations,
  ...tokenOperations,
  ...apiTokenOperations,
  ...meOperations,
  ...privacyOperations,
  ...sessionOperations,
  ...identityOperations,
  ...activityOperations,
  ...fileOperations,
  ...contentOperations,
  ...uploadOperations,
  ...versionOperations,
  ...proofOperations,
  ...folderOperations,
  ...grantOperations,
  ...accessRequestOperations,
  ...adminOperations,
  ...adminJobOperations,
  ...linkOperations,
  ...publicLinkOperations,
  ...requestOperations,
  ...uploadLinkOperations,
  ...healthOperations,
  ...metricsOperations,
];
