/** What the server and a request carry for the pieces of `api/http`. */
import type { Networks } from '../../src/limits/address.ts';
import type { RateState } from '../../src/limits/rates.ts';

declare module '@hapi/hapi' {
  interface ServerApplicationState {
    /** How the world reaches the server, without a trailing slash; undefined means where it listens. */
    publicUrl: string | undefined;
    trustedProxies: Networks;
    metricsToken: string | undefined;
    /** True if the operator said that the world reaches this server, so that a proxy stands before it. */
    isPublic: boolean;
    /** How long an upload may send nothing, milliseconds. */
    uploadIdleMs: number;
  }
  interface RequestApplicationState {
    /** Who sent it, as far as trusted proxies tell. */
    address?: string;
    /** The budget that it was counted against. */
    rate?: RateState | undefined;
  }
  interface PluginSpecificConfiguration {
    /** How requests of a route are counted. */
    rate?: { readonly budget: 'requests' | 'transfers' | 'none' };
    /** Longest body of a route that takes another one than the API's own, bytes. */
    body?: { readonly maxBytes: number };
  }
}
