import { registry } from '../sources/index.ts';
import type { Registry } from './accounts.ts';
import { openCollector } from './collector.ts';
import { liveAsCollector } from './life.ts';

/**
 * The sources that `BURNRATE_SOURCES` names (`aws,dcgm`), or all: the demo watches its own fleet
 * and nothing of the user's.
 */
function chosen(all: Registry, names: string | undefined): Registry {
  if (!names) return all;
  const wanted = names.split(',').map((name) => name.trim());
  return Object.fromEntries(Object.entries(all).filter(([id]) => wanted.includes(id)));
}

/** The collector's process. Every face starts it; the election decides whether it stays. */
const code = await liveAsCollector((life) =>
  openCollector(life, chosen(registry, life.env.BURNRATE_SOURCES)),
);
// Said again here: in Electron, `process.exit` does not look at `process.exitCode`.
process.exit(code);
