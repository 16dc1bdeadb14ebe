import { setTimeout as pause } from 'node:timers/promises';
import { servePage } from '@burnrate/shared/panel/host/serve.ts';
import type { CDPSession, Page } from 'playwright-core';
import { chromiumMissing } from '../e2e/chromium.ts';
import { type BusyFleet, busyFleet } from '../e2e/page/busy_fleet.ts';
import { Theatre } from '../e2e/page/stage.ts';
import { until } from '../unit/collector/live.ts';
import type { Bench, Figure } from './figure.ts';

const JOBS = 100;
/** Opened so many times; the middle one counts. */
const TIMES = 5;
/** Snapshots that are told while the page is open. */
const CHANGES = 20;

/** An answer that has been sent is drawn by then. */
const SETTLES_MS = 2_000;

const OPENS_MS = 300;
/** What takes longer holds up a click: a long task, by the Long Tasks API. */
const CHANGES_MS = 50;

/**
 * The page as it is shipped, in Chromium: the script time from the first byte to the chart of 90 days
 * of 100 jobs, and that of each snapshot after. In CPU time of the page's own thread, which other
 * programs on this machine do not make longer.
 */
export const page: Bench = {
  name: 'page',
  async run(): Promise<Figure[]> {
    const missing = await chromiumMissing();
    if (missing) throw new Error(missing);
    await using theatre = await Theatre.open();
    const fleet = busyFleet(JOBS);
    const served = await servePage({ link: fleet.link, files: theatre.files });
    try {
      const opened: number[] = [];
      const changed: number[] = [];
      for (let time = 0; time < TIMES; time++) {
        const context = await theatre.browser.newContext({ reducedMotion: 'reduce' });
        const tab = await context.newPage();
        const session = await context.newCDPSession(tab);
        await session.send('Performance.enable', { timeDomain: 'threadTicks' });
        opened.push(await opening({ tab, session }, fleet, served.url));
        const before = await scriptMs(session);
        for (let change = 0; change < CHANGES; change++) {
          fleet.change();
          await pause(100);
        }
        changed.push((await scriptMs(session)) - before);
        await context.close();
      }
      return [
        figure('page: script time to open 90 days of 100 jobs', middle(opened), OPENS_MS),
        figure(
          'page: script time of a snapshot of 100 jobs',
          middle(changed) / CHANGES,
          CHANGES_MS,
        ),
      ];
    } finally {
      await served.close();
    }
  },
};

/**
 * From nothing to the chart of the longest range, with every job in its list. What is waited for is
 * seen at the server: to look into the page is script time too.
 */
async function opening(
  { tab, session }: { tab: Page; session: CDPSession },
  { asked }: BusyFleet,
  url: string,
): Promise<number> {
  const before = await scriptMs(session);
  const charts = () => asked.filter((name) => name === 'history').length;
  const drawn = charts();
  await tab.goto(url);
  await until('the first chart', () => charts() > drawn);
  await pause(SETTLES_MS);
  await tab.locator('.overview-main .chart-card').first().getByLabel('90 days').check();
  await until('the chart of 90 days', () => charts() > drawn + 1);
  await pause(SETTLES_MS);
  const ms = (await scriptMs(session)) - before;
  await tab.getByRole('img', { name: /over the last 90 days/ }).waitFor();
  const rows = await tab.locator('.jobs tbody tr').count();
  if (rows !== JOBS) throw new Error(`the page shows ${rows} jobs, not ${JOBS}`);
  return ms;
}

async function scriptMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  const script = metrics.find(({ name }) => name === 'ScriptDuration');
  if (!script) throw new Error('Chromium tells no ScriptDuration');
  return script.value * 1000;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function figure(name: string, ms: number, target: number): Figure {
  const value = Math.round(ms * 10) / 10;
  return { name, value, unit: 'ms', target, holds: value <= target };
}
