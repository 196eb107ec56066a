import { findRunning } from '../src/database/embedded.ts';
import type { Command } from './command.ts';

/** Tells how mongosh, mongodump or mongofiles reach the embedded database. */
export const databaseCommand: Command = {
  name: 'database',
  usage: 'database',
  summary: 'print the connection string of the embedded database while Coffer runs',
  run: async ({ config, print }) => {
    const running = config.mongodbUri === undefined ? await findRunning(config.dataDir) : undefined;
    if (running === undefined) {
      print(
        config.mongodbUri === undefined
          ? `No Coffer is running on ${config.dataDir}. Start it with npm start.`
          : 'The database is external: see MONGODB_URI.',
      );
      return 1;
    }
    print(running.uri);
    return 0;
  },
};
