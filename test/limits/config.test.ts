import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { StartError } from '../../src/errors.ts';

/** The problems that reading the configuration ends with; none if it does not. */
function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env, '/tmp');
    return [];
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return error.problems;
  }
}

describe('variables of limits and metrics', () => {
  it('have defaults: limits on, nobody trusted, no token', () => {
    expect(readConfig({}, '/tmp')).toMatchObject({
      accountRequests: 60_000,
      addressRequests: 1200,
      trustedProxies: [],
      metricsToken: undefined,
    });
  });

  it('are read', () => {
    const env = {
      COFFER_TRUSTED_PROXIES: '10.0.0.0/8, ::1,',
      COFFER_RATE_ACCOUNT: '0',
      COFFER_RATE_ADDRESS: '7',
      COFFER_METRICS_TOKEN: 'mQ4x9vK2pL7wR8tZ1nB6cD3f',
    };
    expect(readConfig(env, '/tmp')).toMatchObject({
      accountRequests: 0,
      addressRequests: 7,
      trustedProxies: ['10.0.0.0/8', '::1'],
      metricsToken: 'mQ4x9vK2pL7wR8tZ1nB6cD3f',
    });
  });

  it('are checked together, and a token that is too short is not quoted', () => {
    const problems = problemsOf({
      COFFER_TRUSTED_PROXIES: 'proxy.example, 10.0.0.0/40, 10.0.0.1',
      COFFER_RATE_ACCOUNT: '-1',
      COFFER_RATE_ADDRESS: 'many',
      COFFER_METRICS_TOKEN: 'hunter2',
    });
    expect(problems).toHaveLength(5);
    expect(problems.join('\n')).not.toContain('hunter2');
  });
});
