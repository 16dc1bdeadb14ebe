import { systemClock } from '@burnrate/shared/model/time.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';

/**
 * A machine with nothing on it: no variables, no files, no programs. Give what a test needs to be
 * there. The home does not exist, so that no file of the person who runs the tests is ever read.
 */
export function bareMachine(present: Partial<Surroundings> = {}): Surroundings {
  return {
    env: {},
    homedir: '/nonexistent/home',
    platform: process.platform,
    user: { name: 'ada', uid: 1000 },
    clock: systemClock,
    run: (command) =>
      Promise.reject(Object.assign(new Error(`spawn ${command} ENOENT`), { code: 'ENOENT' })),
    readFile: () => Promise.resolve(undefined),
    readPart: () => Promise.resolve(undefined),
    listFolder: () => Promise.resolve(undefined),
    ...present,
  };
}
