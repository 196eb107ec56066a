import type { Request, Server } from '@hapi/hapi';
import type { Claims } from '../../src/accounts/authenticate.ts';
import { LockerError } from '../../src/errors.ts';
import { addressGroup } from '../../src/limits/address.ts';
import { guardGuess } from '../../src/limits/guesses.ts';
import { rateLimited, type RateState, windowSeconds } from '../../src/limits/rates.ts';
import type { Locker } from '../../src/locker.ts';
import type { Operation } from '../operation.ts';
import { clientAddress } from './client-address.ts';

/** True for what whoever runs the server looks at. */
export const isUncounted = (path: string): boolean => path.startsWith('/health/') || path === '/metrics';

/** Which budget an operation counts against, for the route's settings. */
export function budgetOf({ path, body, answers }: Operation): 'requests' | 'transfers' | 'none' {
  // A load balancer and a scraper ask often, and more than ever under a flood.
  if (isUncounted(path)) return 'none';
  const delivers = Object.values(answers).some(({ mediaType = '' }) =>
    ['*/*', 'application/zip'].includes(mediaType),
  );
  return delivers || body?.kind === 'raw' || body?.kind === 'raw-or-multipart' ? 'transfers' : 'requests';
}

/** Counts requests without sign-in by address, refuses what is over a budget, and says on every answer how it stands. */
export function limitRates(server: Server, locker: Locker): void {
  server.ext('onPreAuth', async (request, h) => {
    // False for public routes, whatever its type says; undefined for hapi's own route for what is not found.
    const signsIn = Boolean(request.route.settings.auth);
    if (!signsIn && budgetOfRoute(request) !== 'none') await takeAddress(locker, request);
    refuseIfOver(request);
    return h.continue;
  });
  // Before the body is read.
  server.ext('onCredentials', (request, h) => {
    refuseIfOver(request);
    return h.continue;
  });
  server.ext('onPreResponse', (request, h) => {
    const { rate } = request.app;
    if (rate === undefined || request.response instanceof Error) return h.continue;
    const { budget, limit, remaining, resetSeconds } = rate;
    request.response.header('ratelimit-policy', `"${budget}";q=${limit};w=${windowSeconds}`);
    request.response.header('ratelimit', `"${budget}";r=${remaining};t=${resetSeconds}`);
    return h.continue;
  });
}

/** Counts a request of an account, beside its authentication: the signature of the claims was verified. */
export async function takeAccount(locker: Locker, request: Request, { account }: Claims): Promise<void> {
  const budget = budgetOfRoute(request) === 'transfers' ? 'transfers' : 'account';
  request.app.rate = await locker.rates.take(budget, account);
}

/**
 * Counts a sign-in that failed, by address. Those that succeed are not touched by it, so that nobody is locked out by
 * a neighbour behind the same address.
 *
 * @param guessed true if it showed a token that was never one.
 * @returns the error to answer: the same, or `rate_limited`.
 */
export async function countFailedSignIn(
  locker: Locker,
  request: Request,
  error: LockerError,
  guessed: boolean,
): Promise<LockerError> {
  if (error.code !== 'unauthenticated') return error;
  try {
    await takeAddress(locker, request);
    refuseIfOver(request);
    if (!guessed) return error;
    const address = clientAddress(request);
    return await guardGuess(locker, { address }, 'token', () => Promise.reject(error));
  } catch (outcome) {
    if (outcome instanceof LockerError) return outcome;
    locker.log.warn({ err: outcome }, 'a failed sign-in could not be counted');
    return error;
  }
}

const budgetOfRoute = (request: Request) => request.route.settings.plugins?.rate?.budget ?? 'requests';

async function takeAddress(locker: Locker, request: Request): Promise<void> {
  request.app.rate = await locker.rates.take('address', addressGroup(clientAddress(request)));
}

function refuseIfOver({ app }: { app: { rate?: RateState | undefined } }): void {
  if (app.rate?.refused === true) throw rateLimited(app.rate);
}
