import { DAY, HOUR, type Instant, type Interval, startOfLocalDay } from '../model/time.ts';
import type { CostPage } from '../protocol/report.ts';

/** Asks the ledger for one page: the collector's `costs` request, or the store itself. */
export type AskCosts = (query: {
  from: Instant;
  to: Instant;
  hourly: boolean;
  everyones: boolean;
}) => CostPage | Promise<CostPage>;

export interface Page extends CostPage, Interval {}

/**
 * The ledger over the interval, page by page and never more than one in memory: by local days, for
 * sums, or `hourly` within days of UTC, or `byHour` a page for each hour of UTC. What is metered anew meanwhile is in the pages yet to come.
 */
export async function* pagesOf(
  ask: AskCosts,
  { from, to }: Interval,
  {
    hourly = false,
    everyones = false,
    byHour = false,
  }: { hourly?: boolean; everyones?: boolean; byHour?: boolean } = {},
): AsyncGenerator<Page> {
  const next = byHour ? nextHour : hourly ? nextDay : nextLocalDay;
  for (let start = from; start < to; start = next(start)) {
    const page = { from: start, to: Math.min(to, next(start)) };
    yield { ...page, ...(await ask({ ...page, hourly, everyones })) };
  }
}

function nextHour(at: Instant): Instant {
  return (Math.floor(at / HOUR) + 1) * HOUR;
}

function nextDay(at: Instant): Instant {
  return (Math.floor(at / DAY) + 1) * DAY;
}

/** Days have 23 to 25 hours: half a day more than one ends within the next, whatever its length. */
function nextLocalDay(at: Instant): Instant {
  return startOfLocalDay(startOfLocalDay(at) + DAY + 12 * HOUR);
}
