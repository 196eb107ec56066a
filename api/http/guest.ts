import type { Request } from '@hapi/hapi';
import type { Guest } from '../../src/accounts/guest.ts';
import { clientAddress } from './client-address.ts';
import { clientName } from './client-name.ts';

/** Whoever sends this request, before it is known who that is. */
export const guestOf = (request: Request): Guest => ({
  door: 'api',
  client: clientName(request),
  address: clientAddress(request),
});
