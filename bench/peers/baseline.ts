import type { Site } from '../site.ts';
import { startOnMongod } from './on-mongod.ts';
import type { Peer } from './peer.ts';

/** Starts `gridfs-baseline.ts` on plain node. */
export const startBaseline = (site: Site): Promise<Peer> =>
  startOnMongod(site, { name: 'baseline', program: site.programs.baseline });
