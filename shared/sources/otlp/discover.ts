import type { Discovery, Surroundings } from '../source.ts';
import type { Settings } from './settings.ts';

const SECTION = 'burnrate.yaml, sources.otlp.enabled';

export async function discover(_: Surroundings, { enabled, port }: Settings): Promise<Discovery> {
  if (!enabled) return { accounts: [], looked: [`${SECTION}: not true, so no port is opened`] };
  const name = `127.0.0.1:${port}`;
  return {
    accounts: [{ id: `otlp:${name}`, source: 'otlp', name, foundIn: SECTION, options: { port } }],
    looked: [`${SECTION}: ${name}`],
  };
}
