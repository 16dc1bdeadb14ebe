import type { Account } from '../../model/account.ts';
import { counted } from '../../model/count.ts';
import { SECOND } from '../../model/time.ts';
import { type Discovery, SourceError, type Surroundings } from '../source.ts';
import { DEFAULT_PORT, endpointsOf } from './endpoint.ts';
import type { Settings } from './settings.ts';

/** An exporter on this machine answers at once, or there is none. */
const LOCAL_ANSWERS_WITHIN_MS = 2 * SECOND;

/**
 * The exporters that burnrate.yaml names are one account, however many: what fails is said by
 * exporter. Without any, the one on this machine, where it answers with GPU metrics.
 */
export async function discover(surroundings: Surroundings, settings: Settings): Promise<Discovery> {
  const exporters = await discoverExporters(surroundings, settings);
  const { services = [] } = settings;
  if (services.length === 0) return exporters;
  const urls = services.map(({ url }) => url);
  const [only] = urls.length === 1 ? endpointsOf(urls) : [];
  const name = only?.name ?? counted(urls.length, 'service');
  const foundIn = 'burnrate.yaml, sources.dcgm.services';
  const found = account('services', name, foundIn, urls);
  const jobs = Object.fromEntries(services.flatMap(({ url, job }) => (job ? [[url, job]] : [])));
  return {
    accounts: [...exporters.accounts, { ...found, options: { ...found.options, jobs } }],
    looked: [...exporters.looked, `${foundIn}: ${name}`],
  };
}

async function discoverExporters(
  surroundings: Surroundings,
  settings: Settings,
): Promise<Discovery> {
  const looked: string[] = [];
  if (settings.endpoints && settings.endpoints.length > 0) {
    const endpoints = endpointsOf(settings.endpoints);
    const [first] = endpoints;
    const name =
      endpoints.length === 1 && first ? first.name : counted(endpoints.length, 'exporter');
    looked.push(`burnrate.yaml, sources.dcgm.endpoints: ${name}`);
    return {
      accounts: [
        account('exporters', name, 'burnrate.yaml, sources.dcgm.endpoints', settings.endpoints),
      ],
      looked,
    };
  }
  looked.push('burnrate.yaml, sources.dcgm.endpoints: not set');
  // The exporter's own variable for where it listens, `:9400` or `127.0.0.1:9400`.
  const variable = surroundings.env.DCGM_EXPORTER_LISTEN;
  const listens = (variable || `:${DEFAULT_PORT}`).replace(/^(0\.0\.0\.0|\[::\])?:/, 'localhost:');
  const [endpoint] = endpointsOf([listens]);
  if (!endpoint) {
    looked.push(`DCGM_EXPORTER_LISTEN=${variable}: not an address`);
    return { accounts: [], looked };
  }
  const { Scraper } = await import('./scrape.ts');
  const scraper = new Scraper({ account: 'dcgm:local', clock: surroundings.clock });
  try {
    await scraper.scrape(endpoint, { timeoutMs: LOCAL_ANSWERS_WITHIN_MS });
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    looked.push(`${endpoint.url}: ${error.message.replace(`${endpoint.name}: `, '')}`);
    return { accounts: [], looked };
  } finally {
    await scraper.close();
  }
  looked.push(`${endpoint.url}: answers`);
  return { accounts: [account('local', endpoint.name, endpoint.url, [listens])], looked };
}

function account(id: string, name: string, foundIn: string, endpoints: string[]): Account {
  return { id: `dcgm:${id}`, source: 'dcgm', name, foundIn, options: { endpoints } };
}
