import { registry } from '../sources/index.ts';
import type { Registry } from './accounts.ts';

/**
 * The sources that `BURNRATE_SOURCES` names (`aws,dcgm`), or all: the demo watches its own fleet
 * and nothing of the user's.
 */
export function chosenSources({
  BURNRATE_SOURCES: names,
}: Readonly<Record<string, string | undefined>>): Registry {
  if (!names) return registry;
  const wanted = names.split(',').map((name) => name.trim());
  return Object.fromEntries(Object.entries(registry).filter(([id]) => wanted.includes(id)));
}
