import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wasteSum } from '@burnrate/shared/model/waste.ts';
import { RANGES } from '@burnrate/shared/panel/chart_data.ts';
import { servePage } from '@burnrate/shared/panel/host/serve.ts';
import { wasteQuery } from '@burnrate/shared/panel/waste_data.ts';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumMissing } from '../chromium.ts';
import { looksRight } from './appearance.ts';
import { type BusyFleet, busyFleet } from './busy_fleet.ts';
import { complaintsOf, homeWith, Stage, Theatre } from './stage.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

const LIMIT_MS = 600_000;

describe.skipIf(missing)('waste over time', { timeout: LIMIT_MS }, () => {
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await Theatre.open();
  });
  afterAll(() => theatre?.[Symbol.asyncDispose]());

  /** The card on a page over this fleet, in a person's language. */
  async function show(fleet: BusyFleet, locale: string) {
    const served = await servePage({ link: fleet.link, files: theatre.files });
    const page = await theatre.browser.newPage({ locale, reducedMotion: 'reduce' });
    const complaints = complaintsOf(page);
    await page.goto(served.url);
    const card = page.getByRole('region', { name: 'Waste over time' });
    await card.waitFor();
    return {
      page,
      card,
      complaints,
      [Symbol.asyncDispose]: async () => {
        await page.close();
        await served.close();
      },
    };
  }

  const choose = (card: Locator, range: string) =>
    card.getByRole('radio', { name: range, exact: true }).check({ force: true });

  test('is what the ledger of waste holds, by cause, in words and in the person’s own numbers', async () => {
    const now = Date.now();
    const fleet = busyFleet(3, { now });
    await using shown = await show(fleet, 'de-DE');
    const { card, page } = shown;
    await choose(card, '90 days');
    const told = card.getByRole('list', { name: 'Waste by cause in this range' });
    await card.getByText('by the day').waitFor();
    const { steps, provenance } = await fleet.link.request('waste', wasteQuery(RANGES[5], now));
    const sum = steps.reduce((all, step) => all + wasteSum(step), 0);
    expect(sum).toBeGreaterThan(0);
    const money = (micros: number) => {
      const format = { style: 'currency', currency: 'USD' } as const;
      return new Intl.NumberFormat('de-DE', format).format(micros / 1e6).replace(/\s/g, '\u00a0');
    };
    await card.getByText(money(sum)).first().waitFor();
    expect(await told.getByRole('listitem').count()).toBe(3);
    const idle = steps.reduce((all, step) => all + step.idle, 0);
    const item = await told.getByRole('listitem').first().textContent();
    expect(item).toContain('idle');
    expect(item).toContain(money(idle));
    expect(item).toContain(provenance);
    // Who does not see the picture is told the same.
    const picture = card.getByRole('img', { name: /did no work since/ });
    const spoken = (await picture.getAttribute('aria-label')) ?? '';
    for (const word of [money(sum), money(idle), 'stalled', 'not yet at work', 'at worst']) {
      expect(spoken).toContain(word);
    }
    await looksRight(page, 'waste');
    expect(shown.complaints).toEqual([]);
  });

  test('that there was none is good news, where somebody looked', async () => {
    const fleet = busyFleet(2, { wasteful: false });
    await using shown = await show(fleet, 'en-US');
    await shown.card.getByText(/not known/).waitFor();
    // What it wasted was wasted a day ago at the latest.
    await using watched = await show(busyFleet(2), 'en-US');
    await choose(watched.card, '1 hour');
    await watched.card
      .getByText(
        'Good news: nothing was wasted in the last 1 hour. None of the 2 jobs that Burnrate watched was idle, stalled or late to begin.',
      )
      .waitFor();
    expect(await watched.card.locator('canvas').count()).toBe(0);
  });

  test('a job that idles now is on the chart of a real collector', async () => {
    const { home, folder } = homeWith('train-llama-70b');
    writeFileSync(join(folder, 'busy'), '0.18');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByRole('heading', { name: 'Did no work' }).waitFor({ timeout: 60_000 });
    // It tells of the same money as the list of jobs, as soon as that does.
    const card = page.getByRole('region', { name: 'Waste over time' });
    await card.getByRole('img', { name: /did no work since/ }).waitFor({ timeout: 20_000 });
    expect(stage.complaints).toEqual([]);
  });
});
