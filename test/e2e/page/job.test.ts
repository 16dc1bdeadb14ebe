import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitOf } from '../../unit/collector/live.ts';
import { chromiumMissing } from '../chromium.ts';
import { homeWith, Stage, Theatre } from './stage.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

const title = (page: Page, name: string) => page.getByRole('heading', { name, exact: true });
const timeline = (page: Page) =>
  page.getByRole('region', { name: 'Timeline' }).getByRole('listitem');

describe.skipIf(missing)('a job’s own page', () => {
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await Theatre.open();
  });
  afterAll(() => theatre?.[Symbol.asyncDispose]());

  test('says what the job costs and why, and what it holds; a browser’s back leads to the list', async () => {
    const { home } = homeWith('train', 'evaluate');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByRole('link', { name: 'train' }).click();
    await title(page, 'train').waitFor();
    const sums = page.getByRole('region', { name: 'What it costs' });
    await sums.getByText('$16.00').first().waitFor();
    await sums.getByText('quoted').first().waitFor();
    const why = page.getByRole('region', { name: 'Why this price' });
    await why.getByText('$32.00/h').waitFor();
    await why.getByText(/read (now|\d+ s ago)/).waitFor();
    await page
      .getByRole('region', { name: 'Nodes and GPUs' })
      .getByText('shared by 2 jobs')
      .waitFor();
    await page.getByRole('img', { name: /over the last 6 hours/ }).waitFor();
    // It is this job's page: the other is nowhere on it.
    expect(await page.locator('main').textContent()).not.toContain('evaluate');
    await page.goBack();
    await page.getByRole('link', { name: 'evaluate' }).waitFor();
    await page.goForward();
    await title(page, 'train').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('its address opens it again, and takes nothing for a job that is none', async () => {
    const { home, jobs } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.goto(`${stage.served.url}#job/${encodeURIComponent(jobs[0]?.id ?? '')}`);
    await page.reload();
    await title(page, 'train').waitFor();
    for (const id of ['nobody', '<img src=x onerror=alert(1)>', '%']) {
      await page.goto(`${stage.served.url}#job/${id === '%' ? id : encodeURIComponent(id)}`);
      await page.reload();
      if (id === '%') await page.getByRole('link', { name: 'train' }).waitFor();
      else await page.getByText('This job has never been seen.', { exact: false }).waitFor();
    }
    expect(await page.locator('img, #page script').count()).toBe(0);
  });

  test('with the keyboard alone: in, to the title, and back to where one was', async () => {
    const { home } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByRole('link', { name: 'train' }).focus();
    await page.keyboard.press('Enter');
    await title(page, 'train').waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('train');
    await page.getByRole('button', { name: 'All jobs' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'train' }).waitFor();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('href')))
      .toMatch(/^#job\//);
  });

  test('tells what happens while it is looked at: the alert, the budget, the stop, the end', async () => {
    const { home, folder, jobs } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByRole('link', { name: 'train' }).click();
    await timeline(page).filter({ hasText: 'Started' }).waitFor();
    writeFileSync(join(folder, 'busy'), '0.18');
    await timeline(page).filter({ hasText: 'train is idle' }).waitFor();

    await page.getByRole('button', { name: 'Budget of train' }).click();
    const budget = page.getByRole('dialog', { name: 'Budget of train' });
    await budget.getByLabel('It may cost in all').fill('2000000');
    await budget.getByRole('button', { name: 'Set budget' }).click();
    await timeline(page).filter({ hasText: '$2,000,000 in all' }).waitFor();

    await page.getByRole('button', { name: 'Stop train' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop job' }).click();
    if (jobs[0]) await exitOf(jobs[0].child);
    await timeline(page).filter({ hasText: 'Stop confirmed' }).waitFor();
    await timeline(page).filter({ hasText: 'Ended' }).waitFor();
    // The latest first. The alert is over with the job.
    const kinds = await timeline(page).evaluateAll((all) =>
      all.map((one) => (one as HTMLElement).dataset.kind),
    );
    const told = ['stop-confirmed', 'stop', 'budget', 'alert', 'start'];
    expect(kinds.filter((kind) => told.includes(kind ?? ''))).toEqual(told);
    expect(kinds).toContain('end');
    expect(kinds).toContain('price');
    expect(stage.complaints).toEqual([]);
  });
});
