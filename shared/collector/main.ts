import { registry } from '../sources/index.ts';
import { openCollector } from './collector.ts';
import { liveAsCollector } from './life.ts';

/** The collector's process. Every face starts it; the election decides whether it stays. */
process.exitCode = await liveAsCollector((life) => openCollector(life, registry));
process.exit();
