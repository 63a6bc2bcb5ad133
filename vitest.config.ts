import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // All cores: vitest by itself leaves one idle, of two half.
    maxWorkers: availableParallelism(),
    // What is said is compared without colours, which picocolors gives wherever CI is set.
    env: { NO_COLOR: '1' },
    testTimeout: 240_000,
    hookTimeout: 300_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Runs in the browser, where the tests of its pages look at it.
      exclude: ['src/review/ui/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        lines: 90,
        'src/{capture,network,sip,ss7}/**/*.ts': { lines: 95 },
      },
    },
  },
});
