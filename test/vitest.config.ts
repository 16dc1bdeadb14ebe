import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = fileURLToPath(new URL('.', import.meta.url));

/** For runs that start programs from their sources, as a developer does. */
const compiled = { NODE_COMPILE_CACHE: join(here, '../.build/compile-cache') };

/** SkyPilot's server is some forty processes, which leave a small machine to nothing else. */
const ALONE = ['integration/skypilot/**/*.test.ts'];

/** Four runs (`integration-alone` is the end of `integration`): `unit` needs no system package, the others install theirs into `.tools`. */
export default defineConfig({
  root: here,
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['unit/**/*.test.ts'],
          globalSetup: 'programs.ts',
          // The product's modules keep no state that a test sees. To load them anew for each file
          // would take as long as all tests.
          isolate: false,
          testTimeout: 120_000,
          // Many wait for processes of their own, so that more than a core each is not too many.
          // (As a percentage, 100 would be the most.)
          maxWorkers: Math.ceil(1.5 * availableParallelism()),
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['integration/**/*.test.ts'],
          exclude: ALONE,
          globalSetup: 'programs.ts',
          env: compiled,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Each starts servers of its own, at ports and in folders of their own, and waits for them.
          maxWorkers: 3,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration-alone',
          include: ALONE,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
          // After the others.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['faults/**/*.test.ts'],
          globalSetup: 'programs.ts',
          env: compiled,
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
          globalSetup: 'programs.ts',
          env: compiled,
          testTimeout: 180_000,
          hookTimeout: 600_000,
          // Each has a browser, and some an editor, of its own.
          maxWorkers: 2,
        },
      },
    ],
  },
});
