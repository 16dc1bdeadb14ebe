import { openCollector } from '@burnrate/shared/collector/collector.ts';
import { liveAsCollector } from '@burnrate/shared/collector/life.ts';
import { processes, processesAs } from './process_source.ts';

/** The collector's own process, with the tests' source, twice, in place of the registry. */
const protocol = process.argv[2] === undefined ? undefined : Number(process.argv[2]);
const registry = {
  processes: async () => processes,
  distant: async () => processesAs('distant', 'Distant processes'),
};
const code = await liveAsCollector((life) => openCollector(life, registry), process.env, protocol);
process.exit(code);
