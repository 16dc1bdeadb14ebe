import type { Micros } from '../model/money.ts';
import type { ReportRow } from '../protocol/report.ts';
import type { DailyReport } from './html.ts';
import type { Page } from './pages.ts';
import { localDay, nameOf, type ReportQuery, Sums } from './sums.ts';

/**
 * The report, beside it what each of its rows cost on each day that the pages are of, and all jobs.
 */
export async function dailyOf(
  query: ReportQuery,
  pages: AsyncIterable<Page>,
): Promise<DailyReport> {
  const days: string[] = [];
  const byDay = new Map<string, Micros[]>();
  const sums = new Sums(query);
  const jobs = new Sums({ ...query, by: 'job' });
  for await (const page of pages) {
    const step = days.length;
    days.push(localDay(page.from));
    for (const cost of page.costs) {
      const { key } = nameOf(query.by, cost, page);
      const amounts = byDay.get(key) ?? [];
      byDay.set(key, amounts);
      amounts[step] = (amounts[step] ?? 0) + cost.micros;
    }
    sums.add(page);
    jobs.add(page);
  }
  const isJob = ({ idleMicros }: ReportRow) => idleMicros === 0;
  return { report: sums.report(), days, byDay, jobs: jobs.report().rows.filter(isJob) };
}
