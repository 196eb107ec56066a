import type { Request } from '@hapi/hapi';

/** How the world reaches this server, without a trailing slash. */
export const publicUrl = ({ server }: Request): string => server.app.publicUrl ?? server.info.uri;
