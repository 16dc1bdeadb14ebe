import type { Sample } from '@burnrate/shared/model/sample.ts';
import type { Connection, Observable, Source } from '@burnrate/shared/sources/source.ts';
import { expect } from 'vitest';
import { bareMachine } from '../../unit/sources/bare.ts';

/** An account, and what it shows whenever it is looked at. */
export interface Opened {
  connection: Connection;
  samples(): Promise<Sample[]>;
}

/** Finds the account of a source, and opens it. */
export async function open<Settings>(
  source: Source<Settings>,
  section: unknown,
  env: Record<string, string> = {},
): Promise<Opened> {
  const surroundings = bareMachine({ env });
  const settings = source.settings.parse(section);
  const [account] = (await source.discover(surroundings, settings)).accounts;
  if (!account) throw new Error('no account was found');
  const connection = source.open(account, surroundings, settings);
  return {
    connection,
    samples: async () => {
      const what = new Set<Observable>(['telemetry']);
      const signal = AbortSignal.timeout(30_000);
      const observation = await connection.observe({ what, wanted: [], signal });
      expect(observation.partial).toBeUndefined();
      return observation.samples ?? [];
    },
  };
}

/** What is said of each GPU, whenever it was read. */
export const byGpu = (samples: readonly Sample[]) =>
  samples.map(({ at: _, ...sample }) => sample).sort((a, b) => a.gpu.localeCompare(b.gpu));
