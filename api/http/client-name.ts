import type { Request } from '@hapi/hapi';

/** How a client names itself, for the list of sessions. */
export const clientName = (request: Request): string => {
  const agent: unknown = request.headers['user-agent'];
  return typeof agent === 'string' && agent.trim() !== '' ? agent.trim() : 'unknown client';
};
