import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Four runs: `unit` needs no system package, the others install theirs into `.tools`. */
export default defineConfig({
  root: here,
  test: {
    // Collectors and command lines are started by the hundred, each from some 600 modules.
    env: { NODE_COMPILE_CACHE: join(here, '../.build/compile-cache') },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['unit/**/*.test.ts'],
          testTimeout: 120_000,
          // Many wait for processes of their own, so that more than a core each is not too many.
          maxWorkers: '150%',
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['faults/**/*.test.ts'],
          testTimeout: 180_000,
          // They wait for clocks and pauses more than they work.
          maxWorkers: 3,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
