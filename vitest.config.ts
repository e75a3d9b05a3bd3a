import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Worker threads of the loader run inside these processes, and native addons dislike vitest's own threads.
    pool: 'forks',
    maxWorkers: 2,
  },
});
