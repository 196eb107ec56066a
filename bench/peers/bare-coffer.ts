/**
 * Coffer's API without request limits and without an audit trail, for comparison only. Takes the same environment as
 * Coffer and says the same line when it is ready.
 */
import { createServer } from '../../api/server.ts';
import { offerSetupCode } from '../../src/accounts/setup-code-file.ts';
import type { AuditLog } from '../../src/audit/audit-log.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { openLocker } from '../../src/open-locker.ts';

const config = readConfig(
  { ...process.env, COFFER_RATE_ACCOUNT: '0', COFFER_RATE_ADDRESS: '0' },
  process.cwd(),
);
const log = createLog(config.logLevel);
const opened = await openLocker(config, log, 'server');
const audit = Object.assign(Object.create(opened.locker.audit) as AuditLog, { append: async () => {} });
const locker = { ...opened.locker, audit };
const server = await createServer(locker, { ...config, log });
await server.start();
await offerSetupCode(locker.collections, config.dataDir);
process.stdout.write(`Coffer listens on ${server.info.uri}\n`);
process.once('SIGTERM', () => {
  void server.stop({ timeout: 1000 }).then(() => opened.close());
});
