import { openCollector } from './collector.ts';
import { liveAsCollector } from './life.ts';
import { chosenSources } from './registry.ts';

/** The collector's process. Every face starts it; the election decides whether it stays. */
const code = await liveAsCollector((life) => openCollector(life, chosenSources(life.env)));
// Said again here: in Electron, `process.exit` does not look at `process.exitCode`.
process.exit(code);
