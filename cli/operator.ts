import type { Guest } from '../src/accounts/guest.ts';

/** Whoever runs a command: has the keyring and the database anyway. */
export const operator: Guest = { door: 'operator', client: 'command line', address: 'local' };
