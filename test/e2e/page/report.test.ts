import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DAY } from '@burnrate/shared/model/time.ts';
import { dailyOf } from '@burnrate/shared/report/daily.ts';
import { htmlOf } from '@burnrate/shared/report/html.ts';
import { describe, expect, test } from 'vitest';
import { DAYS, FROM, pages } from '../../unit/report/spent.ts';
import { chromiumMissing, launchChromium } from '../chromium.ts';
import { faults } from './appearance.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

describe.skipIf(missing)('a report that is sent to somebody', { timeout: 300_000 }, () => {
  test('reads well on a desk, on a telephone, in the dark and on paper', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'burnrate-report-'));
    const browser = await launchChromium();
    try {
      const query = { from: FROM, to: FROM + DAYS * DAY, everyones: true, by: 'owner' as const };
      const file = join(folder, 'report.html');
      writeFileSync(file, htmlOf(await dailyOf(query, pages())));
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('request', (request) => {
        if (!request.url().startsWith('file:')) complaints.push(`fetches ${request.url()}`);
      });
      for (const [media, colorScheme, width] of [
        ['screen', 'light', 1100],
        ['screen', 'dark', 1100],
        ['screen', 'light', 380],
        ['print', 'light', 700],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ media, colorScheme });
        await page.goto(pathToFileURL(file).href);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, `${media} ${width}`).toBeLessThanOrEqual(width);
        expect(await faults(page)).toEqual([]);
        const shows = await page.getByRole('heading', { name: 'The biggest jobs' }).isVisible();
        expect(shows).toBe(true);
        expect(await page.getByRole('heading', { name: 'Data out' }).isVisible()).toBe(true);
      }
      const paper = await page.pdf({ format: 'A4' });
      expect(Buffer.from(paper).subarray(0, 5).toString()).toBe('%PDF-');
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
