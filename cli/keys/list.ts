import { countByKey, listCounts } from '../../src/keys/count-keys.ts';
import { openLocker } from '../../src/open-locker.ts';
import type { KeysSubcommand } from './subcommand.ts';

/** Shows the master keys by their ids, and what each of them holds. */
export const listKeys: KeysSubcommand = {
  name: 'list',
  usage: 'list',
  summary: 'show the ids of the master keys and how much each one holds',
  run: async ({ config, log, print }) => {
    const opened = await openLocker(config, log, 'operator');
    try {
      const { ids } = opened.locker.keyring;
      const counts = await countByKey(opened.locker);
      const held = (id: string) => listCounts(counts.get(id) ?? []) || 'nothing';
      for (const [i, id] of ids.entries()) print(`${id}  ${i === 0 ? 'primary' : '       '}  ${held(id)}`);
      for (const id of counts.keys()) if (!ids.includes(id)) print(`${id}  MISSING  ${held(id)}`);
      return 0;
    } finally {
      await opened.close();
    }
  },
};
