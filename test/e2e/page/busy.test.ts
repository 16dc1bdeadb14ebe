import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RANGES } from '@burnrate/shared/panel/chart_data.ts';
import { servePage } from '@burnrate/shared/panel/host/serve.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { chromiumMissing } from '../chromium.ts';
import { busyFleet } from './busy_fleet.ts';
import { complaintsOf, Theatre } from './stage.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

const JOBS = 100;

describe.skipIf(missing)('the page of a hundred jobs', () => {
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await Theatre.open();
  });
  afterAll(() => theatre?.[Symbol.asyncDispose]());

  test('shows them all, asks once for each range, and draws what it is told without asking again', async () => {
    const fleet = busyFleet(JOBS);
    const served = await servePage({ link: fleet.link, files: theatre.files });
    const page = await theatre.browser.newPage({ locale: 'en-US', reducedMotion: 'reduce' });
    const complaints = complaintsOf(page);
    await page.goto(served.url);
    await page
      .locator('.jobs tbody tr')
      .nth(JOBS - 1)
      .waitFor();
    const chart = page.locator('.overview-main .chart-card').first();
    const asked = () => fleet.asked.filter((name) => name === 'history').length;
    await until('the first chart', () => asked() === 1);
    for (const range of RANGES.filter(({ id }) => id !== '6h')) {
      const before = asked();
      await chart.getByRole('radio', { name: range.spoken, exact: true }).check({ force: true });
      await page.getByRole('img', { name: new RegExp(`over the last ${range.spoken}`) }).waitFor();
      // A range whose steps are short is asked for again as time goes on; the others are not.
      expect(asked() - before, range.spoken).toBeLessThanOrEqual(range.stepMs < 600_000 ? 3 : 1);
    }
    // Six jobs have a colour of their own, the rest are one: nobody tells a hundred apart.
    const legend = chart.getByRole('listitem');
    expect(await legend.count()).toBe(8);
    await legend.filter({ hasText: '94 other jobs' }).waitFor();

    const before = fleet.asked.length;
    const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
    // A row costs the browser some dozens of elements, and no more with each snapshot.
    expect(nodes).toBeLessThan(JOBS * 80);
    for (let change = 0; change < 20; change++) {
      fleet.change();
      // The page answers: it has drawn what it was told before.
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    const after = await page.evaluate(() => document.querySelectorAll('*').length);
    // A reading that has grown old is said to be, once a job.
    expect(after).toBeLessThanOrEqual(nodes + 2 * JOBS);
    expect(fleet.asked.length - before).toBeLessThanOrEqual(2);
    expect(complaints).toEqual([]);
    await page.close();
    await served.close();
  });
});

test('VS Code, the tray app and the browser show the very same files', () => {
  const filesOf = (folder: string) => {
    const path = fileURLToPath(new URL(`../../../${folder}/dist/panel/`, import.meta.url));
    return Object.fromEntries(
      readdirSync(path)
        .sort()
        .map((name) => [
          name,
          createHash('sha256')
            .update(readFileSync(path + name))
            .digest('hex'),
        ]),
    );
  };
  const files = filesOf('shared');
  expect(Object.keys(files)).toEqual(['panel.css', 'panel.js']);
  expect(filesOf('extension')).toEqual(files);
  expect(filesOf('desktop')).toEqual(files);
});
