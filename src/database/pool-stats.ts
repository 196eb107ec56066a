import type { MongoClient } from 'mongodb';

/** How many connections a client has, and how many of them work. */
export interface PoolStats {
  readonly size: number;
  readonly inUse: number;
  /** Grows whenever the server was lost, if only for a moment: what it had not journaled may be gone. */
  readonly epoch: number;
}

/** Counts along with a client's connection events. Call it before the client connects. */
export function watchPool(client: MongoClient): PoolStats {
  const stats = { size: 0, inUse: 0, epoch: 0 };
  client.on('connectionCreated', () => (stats.size += 1));
  client.on('connectionClosed', () => (stats.size -= 1));
  client.on('connectionCheckedOut', () => (stats.inUse += 1));
  client.on('connectionCheckedIn', () => (stats.inUse -= 1));
  client.on('connectionPoolCleared', () => (stats.epoch += 1));
  return stats;
}

/** The same for a server that is one of several: what a majority took is not lost with one of them. */
export const ofSeveral = (stats: PoolStats): PoolStats => ({
  get size() {
    return stats.size;
  },
  get inUse() {
    return stats.inUse;
  },
  epoch: stats.epoch,
});
