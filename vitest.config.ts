import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Pages of a browser, which waits for what it shows, and programs that run by the clock: these have the machine for themselves. */
const ALONE = ['test/review/browser/**/*.test.ts', 'test/probe/**/*.test.ts', 'test/events/sip/sipp.test.ts'];

export default defineConfig({
  test: {
    // What is said is compared without colours, which picocolors gives wherever CI is set.
    env: { NO_COLOR: '1' },
    testTimeout: 240_000,
    hookTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          // All cores: vitest by itself leaves one idle, of two half.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
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
