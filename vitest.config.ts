import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/mongod.ts'],
    // On two cores: one more than those, because many tests wait for a program or a timer.
    maxWorkers: 3,
    // Files share modules and databases, each of which a test has to itself while it runs.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine may take longer than the second that is the default.
    expect: { poll: { timeout: 20_000 } },
    restoreMocks: true,
  },
});
