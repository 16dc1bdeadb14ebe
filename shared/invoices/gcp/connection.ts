import type { Account } from '../../model/account.ts';
import { DAY } from '../../model/time.ts';
import { check } from '../../sources/check.ts';
import { openApi } from '../../sources/gcp/api.ts';
import { Settings as GcpSettings } from '../../sources/gcp/settings.ts';
import { type Check, SourceError, type Surroundings } from '../../sources/source.ts';
import type { InvoiceBatch, InvoiceConnection, ReadRequest } from '../reader.ts';
import { BigQuery } from './bigquery.ts';
import { cellsOf, linesOf } from './lines.ts';
import { costOf, type Table } from './query.ts';
import type { Settings } from './settings.ts';
import { linesQuery, partitionsQuery } from './sql.ts';

/** One day's delivery of rows. */
interface Partition {
  /** `20261124` */
  id: string;
  version: string;
  modifiedAt: number;
}

/** The detailed export of a billing account, open. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): InvoiceConnection {
  const { clock } = surroundings;
  const { endpoint: bigquery, allProjects, maximumBytesBilled } = settings;
  const api = openApi(account, surroundings, GcpSettings.parse({ endpoints: { bigquery } }));
  const name = (settings.table ?? '').split('.');
  const project = settings.queryProject ?? name[0] ?? '';
  const client = new BigQuery(api, clock, project, maximumBytesBilled);
  const projects = account.options.projects as readonly string[] | undefined;

  const queryOf = (table: Table, partition: string, since: number) =>
    linesQuery(name, table, {
      partition,
      since,
      ...(!allProjects && projects && { projects }),
    });

  /** The partitions that may hold what is wanted: rows come after the use that they are about. */
  async function partitions({ since, spend, signal }: ReadRequest): Promise<Partition[]> {
    const query = partitionsQuery(name, dayText(since));
    const bytes = await client.bytesOf(query, signal);
    spend(costOf(bytes));
    const found: Partition[] = [];
    for await (const rows of client.rows(query, bytes, signal))
      for (const [id, count, modified] of rows)
        if (id && modified)
          found.push({ id, version: `${modified}/${count}`, modifiedAt: Number(modified) });
    return found;
  }

  async function* read(request: ReadRequest): AsyncGenerator<InvoiceBatch> {
    const { since, known, spend, signal } = request;
    const table = await tableOf(client, name, account, signal);
    for (const partition of await partitions(request)) {
      const part = isoDay(partition.id);
      if (known.get(part) === partition.version) continue;
      const query = queryOf(table, partition.id, since);
      const bytes = await client.bytesOf(query, signal);
      spend(costOf(bytes));
      // Rows are never changed once they are there, but the day's may still come.
      const dayEnd = Date.parse(`${part}T00:00:00Z`) + DAY;
      const final = dayEnd <= clock.now();
      const batch = (
        lines: InvoiceBatch['lines'],
        span: InvoiceBatch['span'],
        complete: boolean,
      ) => ({
        part,
        version: partition.version,
        asOf: partition.modifiedAt,
        span,
        lines,
        complete,
      });
      let span = { from: dayEnd - DAY, to: dayEnd };
      for await (const rows of client.rows(query, bytes, signal)) {
        const cells = rows.map(cellsOf);
        const [first] = cells;
        if (!first) continue;
        span = { from: Number(first.earliest), to: Number(first.latest) };
        yield batch(
          cells.flatMap((one) => linesOf(one, final)),
          span,
          false,
        );
      }
      yield batch([], span, true);
    }
  }

  async function diagnose(signal: AbortSignal): Promise<Check[]> {
    const connected = await check('connect', account.name, async () => {
      await tableOf(client, name, account, signal);
      return `may read ${settings.table}`;
    });
    if (!connected.ok) return [connected];
    const yesterday = clock.now() - DAY;
    const tried = await check('invoices', account.name, async () => {
      const table = await tableOf(client, name, account, signal);
      const query = queryOf(table, dayText(yesterday), yesterday - 31 * DAY);
      const bytes = await client.bytesOf(query, signal);
      return `may query it; a day is ${(bytes / 2 ** 20).toFixed(0)} MiB, for $${(costOf(bytes) / 1e6).toFixed(4)} at most`;
    });
    return [connected, tried];
  }

  return { read, diagnose, close: async () => api.close() };
}

/** What the table is like; a SourceError where it is no such export. */
async function tableOf(
  client: BigQuery,
  name: readonly string[],
  account: Account,
  signal: AbortSignal,
): Promise<Table> {
  const table = await client.table(name, signal);
  const has = (column: string) => table.schema.fields.some((field) => field.name === column);
  const lacks = !has('resource')
    ? 'it has no column `resource`'
    : !table.timePartitioning
      ? 'it is not partitioned by time'
      : undefined;
  if (lacks === undefined) return table;
  throw new SourceError('not-configured', {
    account: account.id,
    message: `${name.join('.')} is no detailed usage cost export: ${lacks}`,
    remedy:
      'Switch it on (Billing, Billing export, Detailed usage cost), and name the table gcp_billing_export_resource_v1_… under invoices.gcp-bigquery.table.',
  });
}

/** `20261124`, as partitions are called. */
function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
}

function isoDay(id: string): string {
  return `${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6)}`;
}
