import { createHash } from 'node:crypto';
import type { Account } from '../../../model/account.ts';
import { DAY, type Instant, type Interval, startOfMonth } from '../../../model/time.ts';
import { openApi } from '../../../sources/aws/api.ts';
import { identityOf } from '../../../sources/aws/owners.ts';
import { check } from '../../../sources/check.ts';
import type { Surroundings } from '../../../sources/source.ts';
import type { InvoiceLine } from '../../line.ts';
import type { InvoiceBatch, InvoiceConnection, ReadRequest } from '../../reader.ts';
import { isInstanceTime } from '../usage_types.ts';
import { type Row, rowsOf, toLines } from './lines.ts';
import { dayText, type Granularity, isSwitchedOff, Queries, USE } from './queries.ts';
import type { Settings } from './settings.ts';

/** Cost Explorer knows so many days; by the resource, fewer. */
const HISTORY_MS = 390 * DAY;
const RESOURCES_MS = 13 * DAY;
/** A month's bill may still change for so long after its end. */
const CLOSED_MS = 12 * DAY;

/** The bill of one AWS account. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): InvoiceConnection {
  const { clock } = surroundings;
  const api = openApi(account, surroundings);
  const identity = identityOf(api);
  /** What was refused as not switched on, and until when it is not tried again: a try is paid, too. */
  const refusedUntil = new Map<Granularity, Instant>();

  async function* read(request: ReadRequest): AsyncGenerator<InvoiceBatch> {
    const { accountNumber } = await identity.ask(request.signal);
    const queries = new Queries(api, accountNumber);
    const today = Math.floor(clock.now() / DAY) * DAY;
    const since = Math.max(request.since, today - HISTORY_MS);
    for (const month of months({ from: since, to: today })) {
      if (isSettled(month, request.known, clock.now())) continue;
      const rows = await readMonth(queries, month, request);
      const byDay = Map.groupBy(rows, ({ from }) => Math.floor(from / DAY) * DAY);
      for (let day = month.from; day < month.to; day += DAY) {
        const lines = (byDay.get(day) ?? []).flatMap((row) => toLines(row, accountNumber));
        const version = digestOf(lines);
        const known = request.known.get(dayText(day));
        // A day of which nothing is told yet is no day without charges, until its month is closed.
        const nothing = lines.length === 0 && known === undefined;
        if (known === version || (nothing && !isClosed(month, clock.now()))) continue;
        yield {
          part: dayText(day),
          version,
          asOf: clock.now(),
          span: { from: day, to: day + DAY },
          lines,
          complete: true,
        };
      }
    }
  }

  async function readMonth(
    queries: Queries,
    month: Interval,
    request: ReadRequest,
  ): Promise<Row[]> {
    const byType = ([type = '', usageType = '']: readonly string[]) => ({ type, usageType });
    const { tag } = settings;
    let rows: Row[];
    if (tag) {
      const { tagged, rest } = await queries.byTag(tag, month, request);
      const used = rowsOf(tagged, ([key = '', usageType = '']) => ({
        type: 'Usage',
        usageType,
        // `Owner$ada`
        tag: { name: tag, value: key.slice(tag.length + 1) },
      }));
      rows = [...used, ...rowsOf(rest, byType)];
    } else {
      rows = rowsOf(await queries.byType(month, request), byType);
    }
    const from = Math.max(month.from, Math.floor(clock.now() / DAY) * DAY - RESOURCES_MS);
    if (!settings.resources || from >= month.to) return rows;
    const replaced = rows.filter((row) => row.from >= from && isTime(row));
    const instances = await readInstances(queries, { from, to: month.to }, replaced, request);
    if (!instances) return rows;
    return [...rows.filter((row) => !replaced.includes(row)), ...instances];
  }

  /** The same charges by the instance; undefined where that is not switched on. */
  async function readInstances(
    queries: Queries,
    span: Interval,
    rows: readonly Row[],
    request: ReadRequest,
  ): Promise<Row[] | undefined> {
    const usage = [...new Set(rows.map(({ usageType }) => usageType))];
    const kinds = [...new Set(rows.map(({ type }) => type))];
    if (usage.length === 0) return undefined;
    // A group tells two things, so that each type of charge is a question of its own.
    const types = kinds.filter((type) => type !== 'SavingsPlanNegation');
    for (const granularity of ['HOURLY', 'DAILY'] as const) {
      if ((refusedUntil.get(granularity) ?? 0) > clock.now()) continue;
      try {
        const found: Row[] = [];
        for (const type of types) {
          const records = { records: [type], usage };
          const results = await queries.byInstance(span, granularity, records, request);
          found.push(
            ...rowsOf(results, ([resource = '', usageType = '']) => ({
              type,
              usageType,
              resource,
            })),
          );
        }
        return found;
      } catch (error) {
        if (!isSwitchedOff(error)) throw error;
        refusedUntil.set(granularity, clock.now() + DAY);
      }
    }
    return undefined;
  }

  return {
    read,
    async diagnose(signal) {
      const connected = await check('connect', account.name, async () => {
        const { arn } = await identity.ask(signal);
        return `signed in as ${arn}; each request to Cost Explorer costs $0.01, so none is made here`;
      });
      return [connected];
    },
    close: async () => api.close(),
  };
}

/** Use of instances that is told by its type of charge; by a tag it is not told apart again. */
function isTime({ type, usageType, tag }: Row): boolean {
  return tag === undefined && USE.includes(type) && isInstanceTime(usageType);
}

/** Whether a month's bill is closed, and all of its days are kept. */
function isSettled(month: Interval, known: ReadonlyMap<string, string>, now: Instant): boolean {
  if (!isClosed(month, now)) return false;
  for (let day = month.from; day < month.to; day += DAY) if (!known.has(dayText(day))) return false;
  return true;
}

function isClosed({ from }: Interval, now: Instant): boolean {
  return now >= startOfMonth(from, 1) + CLOSED_MS;
}

/** The interval's days, month by month. */
function months({ from, to }: Interval): Interval[] {
  const found: Interval[] = [];
  for (let start = Math.floor(from / DAY) * DAY; start < to; start = startOfMonth(start, 1))
    found.push({ from: start, to: Math.min(to, startOfMonth(start, 1)) });
  return found;
}

/** Cost Explorer gives its answers no version: a day whose lines are the same is the same. */
function digestOf(lines: readonly InvoiceLine[]): string {
  const texts = lines.map((line) => JSON.stringify(line)).sort();
  return createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 32);
}
