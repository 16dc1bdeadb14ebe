import type { Discovery, Surroundings } from '../source.ts';
import { Gpus } from './gpus.ts';
import { hostNameOf, UNNAMED } from './machine.ts';
import type { Settings } from './settings.ts';

export const ACCOUNT = 'local:machine';
/** A driver that hangs must not hold up the search for other accounts. */
const LOOK_MS = 7000;

/**
 * This machine is an account where it has GPUs, or where a tool of theirs is installed and fails:
 * a broken driver is worth knowing of.
 */
export async function discover(
  surroundings: Surroundings,
  settings: Settings,
  lookMs = LOOK_MS,
): Promise<Discovery> {
  if (!settings.enabled)
    return { accounts: [], looked: ['burnrate.yaml, sources.local.enabled: false'] };
  const { gpus, looked, failures } = await new Gpus(ACCOUNT, surroundings).look(lookMs);
  if (gpus.length === 0 && failures.length === 0) return { accounts: [], looked };
  const found = looked.filter((line) => !line.endsWith('not installed'));
  return {
    accounts: [
      {
        id: ACCOUNT,
        source: 'local',
        name: (await hostNameOf(surroundings, AbortSignal.timeout(LOOK_MS))) ?? UNNAMED,
        foundIn: found.join('; '),
        options: {},
      },
    ],
    looked,
  };
}
