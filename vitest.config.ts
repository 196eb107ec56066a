import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/mongod.ts'],
    // Two cores, and one mongod for all: more workers only wait.
    maxWorkers: 2,
    // Files share modules and databases, each of which a test has to itself while it runs.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
  },
});
