import { azureCostManagement } from '@burnrate/shared/invoices/azure/index.ts';
import type { InvoiceBatch } from '@burnrate/shared/invoices/reader.ts';
import { systemClock } from '@burnrate/shared/model/time.ts';
import { azure } from '@burnrate/shared/sources/azure/index.ts';
import type { SourceError } from '@burnrate/shared/sources/source.ts';
import { signedIn, TOKEN } from '../../sources/azure/open.ts';
import { only } from '../../sources/open_account.ts';
import { type Handler, type Service, startService } from '../../sources/service.ts';
import { readAll } from '../readings.ts';
import { type Cost, costsOf } from './costs.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');

export interface Reading {
  batches: InvoiceBatch[];
  error: SourceError | undefined;
  service: Service;
  versions: Map<string, string>;
}

export interface HowToRead {
  known?: ReadonlyMap<string, string>;
  since?: string;
  now?: number;
  /** How much faster than ours the clock is. */
  speed?: number;
  signal?: AbortSignal;
  /** The token that `az` gives whenever it is asked. */
  token?: () => string;
  /** Where Azure is, where not at the handler's service. */
  url?: string;
  /** How often, on one connection; what is told is of the last. */
  times?: number;
}

/** Reads the bill as the collector would, by default once. */
export async function readBill(
  handler: (url: string) => Handler,
  {
    known = new Map<string, string>(),
    since = '2026-11-23',
    now = NOW,
    speed = 1e6,
    signal = AbortSignal.timeout(20_000),
    token = () => TOKEN,
    url,
    times = 1,
  }: HowToRead = {},
): Promise<Reading> {
  const service = await startService(() => 'hang');
  service.on(handler(service.url));
  const clock = { ...systemClock, now: () => now, speed };
  const place = signedIn(TOKEN, {
    clock,
    run: (command, args, options) => signedIn(token()).run(command, args, options),
  });
  const { accounts: watched } = await azure.discover(place, azure.settings.parse(undefined));
  const settings = azureCostManagement.settings.parse({ url: url ?? service.url });
  const account = only((await azureCostManagement.accounts(watched, place, settings)).accounts);
  const connection = azureCostManagement.open(account, place, settings);
  const request = {
    since: Date.parse(since),
    known,
    spend: () => {
      throw new Error('this API is free');
    },
    signal,
  };
  const { batches, error } = await readAll(connection, request, times);
  await service.close();
  const versions = new Map(batches.map(({ part, version }) => [part, version]));
  return { batches, error: error as SourceError | undefined, service, versions };
}

export const bill =
  (costs: Cost[], options = {}) =>
  (): Handler =>
    costsOf({ token: TOKEN, costs, ...options });
