import { preferSmallCode } from '../sources/code_size.ts';

/** The collector's process. Every face starts it; the election decides whether it stays. */
preferSmallCode();
// Imported only now: what runs while all else is loaded is compiled as this setting says.
const { runCollector } = await import('./run.ts');
// Said again here: in Electron, `process.exit` does not look at `process.exitCode`.
process.exit(await runCollector());
