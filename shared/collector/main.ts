import { preferSmallCode } from '../sources/code_size.ts';
import { openCollector } from './collector.ts';
import { Effort } from './effort.ts';
import { liveAsCollector } from './life.ts';
import { chosenSources } from './registry.ts';

/** The collector's process. Every face starts it; the election decides whether it stays. */
preferSmallCode();
const effort = new Effort();
const code = await liveAsCollector((life) =>
  openCollector({ ...life, ticked: () => effort.look() }, chosenSources(life.env)),
);
// Said again here: in Electron, `process.exit` does not look at `process.exitCode`.
process.exit(code);
