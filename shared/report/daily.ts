import type { Micros } from '../model/money.ts';
import type { DailyReport } from './html.ts';
import type { Page } from './pages.ts';
import { localDay, nameOf, type ReportQuery, reportOf } from './sums.ts';

/** The report, and beside it what each of its rows cost on each day that the pages are of. */
export async function dailyOf(
  query: ReportQuery,
  pages: AsyncIterable<Page>,
): Promise<DailyReport> {
  const days: string[] = [];
  const byDay = new Map<string, Micros[]>();
  async function* noted(): AsyncGenerator<Page> {
    for await (const page of pages) {
      const step = days.length;
      days.push(localDay(page.from));
      for (const cost of page.costs) {
        const { key } = nameOf(query.by, cost, page);
        const amounts = byDay.get(key) ?? [];
        byDay.set(key, amounts);
        amounts[step] = (amounts[step] ?? 0) + cost.micros;
      }
      yield page;
    }
  }
  const report = await reportOf(query, noted());
  return { report, days, byDay };
}
