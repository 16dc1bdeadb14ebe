import { gcpBigQuery } from '@burnrate/shared/invoices/gcp/index.ts';
import type { InvoiceBatch } from '@burnrate/shared/invoices/reader.ts';
import { DAY, systemClock } from '@burnrate/shared/model/time.ts';
import { gcp } from '@burnrate/shared/sources/gcp/index.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { TOKEN, withToken } from '../../sources/gcp/open.ts';
import { only } from '../../sources/open_account.ts';
import { type Handler, type Service, startService } from '../../sources/service.ts';
import { readAll } from '../readings.ts';
import { type Bill, billRow, type JobBody, ROOT, TABLE } from './bigquery.ts';

export const NOW = Date.parse('2026-11-25T12:00:00Z');
export const SINCE = Date.parse('2026-11-01T00:00:00Z');

export interface Reading {
  batches: InvoiceBatch[];
  spent: number[];
  error: unknown;
  service: Service;
}

export interface HowToRead {
  section?: Record<string, unknown>;
  known?: ReadonlyMap<string, string>;
  spend?: (micros: number) => void;
  signal?: AbortSignal;
  place?: Surroundings;
  /** How often, on one connection; what is told is of the last. */
  times?: number;
}

/** Reads the bill as the collector would, by default once. */
export async function readBill(
  handler: Handler,
  {
    section = {},
    known = new Map<string, string>(),
    spend = () => {},
    signal = AbortSignal.timeout(20_000),
    place = withToken(),
    times = 1,
  }: HowToRead = {},
): Promise<Reading> {
  const service = await startService(handler);
  const noon = { ...place, clock: { ...systemClock, now: () => NOW } };
  const { accounts: watched } = await gcp.discover(noon, gcp.settings.parse(undefined));
  const settings = gcpBigQuery.settings.parse({
    table: TABLE,
    endpoint: service.url + ROOT,
    ...section,
  });
  const account = only((await gcpBigQuery.accounts(watched, noon, settings)).accounts);
  const connection = gcpBigQuery.open(account, noon, settings);
  const spent: number[] = [];
  const request = {
    since: SINCE,
    known,
    spend: (micros = gcpBigQuery.callMicros) => {
      spend(micros);
      spent.push(micros);
    },
    signal,
  };
  const { batches, error } = await readAll(connection, request, times);
  await service.close();
  return { batches, spent, error, service };
}

export const bill = (changes: Partial<Bill> = {}): Bill => ({
  token: TOKEN,
  partitions: { '20261123': { modifiedAt: NOW - DAY, rows: [billRow()] } },
  ...changes,
});

/** What it was asked to run, or to try. */
export const jobsOf = ({ asked }: Service) =>
  asked
    .filter(({ call }) => call.startsWith('POST '))
    .map(({ body }) => (body as JobBody).configuration);
