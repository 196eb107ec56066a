import type { Request } from '@hapi/hapi';
import type { Guest } from '../../src/accounts/guest.ts';
import { guestOf } from './guest.ts';

/** Whoever follows a link. */
export const linkGuest = (request: Request): Guest => ({ ...guestOf(request), door: 'link' });
