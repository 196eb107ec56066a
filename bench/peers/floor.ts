import { startFlags } from '../../test/support/start-flags.ts';
import type { Site } from '../site.ts';
import { startOnMongod } from './on-mongod.ts';
import type { Peer } from './peer.ts';

/** Starts `sealed-floor.ts` with Coffer's options of Node. */
export const startFloor = (site: Site): Promise<Peer> =>
  startOnMongod(site, { name: 'floor', program: site.programs.floor, nodeFlags: startFlags });
