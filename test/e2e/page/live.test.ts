import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitOf, isAlive, snapshotWhere, until } from '../../unit/collector/live.ts';
import { chromiumMissing } from '../chromium.ts';
import { homeWith, Stage, Theatre } from './stage.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

const burnRate = (page: Page) => page.getByTestId('burn-rate');
const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

describe.skipIf(missing)('the page over a collector that runs', () => {
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await Theatre.open();
  });
  afterAll(() => theatre?.[Symbol.asyncDispose]());

  test('shows the burn rate with its provenance, and a job that starts while it is open', async () => {
    const { home, folder } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await burnRate(page).getByText('$32.00').waitFor();
    await page.locator('.burn-meta').getByText('quoted').waitFor();
    await page.getByText('1 job on 1 GPU').waitFor();
    await expect.poll(() => page.title()).toBe('$32.00/h · Burnrate');

    home.job(folder, { name: 'evaluate' });
    await rowOf(page, 'evaluate').getByText('$16.00').waitFor();
    await rowOf(page, 'train').getByText('$16.00').waitFor();
    await page.getByText('2 jobs on 2 GPUs').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('shows others’ jobs only when asked, without a way to stop them', async () => {
    const { home, folder } = homeWith('train');
    home.job(folder, { name: 'theirs', mine: false });
    await using stage = await Stage.open(theatre, home);
    const { page, link } = stage;
    await snapshotWhere(link, 'both jobs', ({ jobs }) => jobs.length === 2);
    await rowOf(page, 'train').waitFor();
    expect(await rowOf(page, 'theirs').count()).toBe(0);
    await page.getByLabel('Show everyone’s').check();
    await rowOf(page, 'theirs').getByText('This job belongs to bob.').waitFor();
    expect(await rowOf(page, 'theirs').getByRole('button').count()).toBe(0);
    expect(await page.locator('.legend').getByText('theirs').count()).toBe(0);
  });

  test('sets what a job may cost, shows how much of it is spent, and takes it away', async () => {
    const { home } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page, link } = stage;
    await page.getByRole('button', { name: 'Budget of train' }).click();
    const dialog = page.getByRole('dialog', { name: 'Budget of train' });
    await dialog.getByLabel('It may cost in all').fill('2000000');
    await dialog.getByLabel('Stop the job then.').check();
    await dialog.getByRole('button', { name: 'Set budget' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await rowOf(page, 'train')
      .getByText(/\d+% of \$2,000,000/)
      .waitFor();
    expect((await link.request('snapshot', {})).jobs[0]?.budget).toEqual({
      ceiling: 2e12,
      action: 'stop',
    });
    await page.getByRole('button', { name: 'Budget of train' }).click();
    await dialog.getByRole('button', { name: 'Remove budget' }).click();
    await rowOf(page, 'train').locator('meter').waitFor({ state: 'detached' });
    expect(stage.complaints).toEqual([]);
  });

  test('says what a stop does, really stops the job, and follows it to its end', async () => {
    const { home, jobs } = homeWith('train');
    const [job] = jobs;
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByRole('button', { name: 'Stop train' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop train?' });
    await dialog.getByText(`Send SIGTERM to process ${job?.pid}`).waitFor();
    await dialog.getByText('what the process has not saved').waitFor();
    await dialog.getByText('the machine, which goes on costing money').waitFor();
    await dialog.getByText(`kill ${job?.pid}`, { exact: true }).waitFor();
    expect(isAlive(job?.pid ?? 0)).toBe(true);

    // A second click is harmless: the first one closes the dialog.
    await dialog.getByRole('button', { name: 'Stop job' }).dblclick();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Stopped train' }).waitFor();
    await page.getByText(/The provider confirmed the end/).waitFor();
    if (job) expect(await exitOf(job.child)).toBeNull();
    expect(job?.child.signalCode).toBe('SIGTERM');
    await page.getByText('Nothing of yours is running').waitFor();
    await page.getByRole('button', { name: 'Hide' }).click();
    expect(await page.getByRole('heading', { name: 'Stopped train' }).count()).toBe(0);
    expect(stage.complaints).toEqual([]);
  });

  test('leaves the job alone when the person thinks better of it', async () => {
    const { home, jobs } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Stop train' }).click();
    await dialog.getByRole('button', { name: 'Keep running' }).click();
    await dialog.waitFor({ state: 'detached' });
    // Whoever works with the keyboard goes on where they were.
    expect(await focused(page)).toBe('Stop…');
    await page.getByRole('button', { name: 'Stop train' }).click();
    await dialog.getByText('Send SIGTERM').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(isAlive(jobs[0]?.pid ?? 0)).toBe(true);
  });

  test('lets a job be stopped with the keyboard alone, and keeps the focus within the dialog', async () => {
    const { home, jobs } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    const stop = page.getByRole('button', { name: 'Stop train' });
    await stop.waitFor();
    await until('the focus on the button', async () => {
      await page.keyboard.press('Tab');
      return stop.evaluate((button) => button === document.activeElement);
    });
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Send SIGTERM').waitFor();
    const confirm = dialog.getByRole('button', { name: 'Stop job' });
    // Nothing is confirmed by leaning on Enter: the safe button has the focus.
    expect(await focused(page)).toBe('Keep running');
    await until('the focus on the confirmation', async () => {
      await page.keyboard.press('Tab');
      const inside = await dialog.evaluate((one) => one.contains(document.activeElement));
      const onBody = await page.evaluate(() => document.activeElement === document.body);
      expect(inside || onBody).toBe(true);
      return confirm.evaluate((button) => button === document.activeElement);
    });
    await page.keyboard.press('Space');
    await page.getByRole('heading', { name: 'Stopped train' }).waitFor();
    expect(isAlive(jobs[0]?.pid ?? 0)).toBe(false);
  });

  test('keeps a stop that failed on screen with what to do, until it is dismissed', async () => {
    const { home, folder, jobs } = homeWith('train');
    writeFileSync(join(folder, 'deny-stop'), '');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByRole('button', { name: 'Stop train' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop job' }).click();
    await page.getByRole('heading', { name: 'train could not be stopped' }).waitFor();
    await page.getByText('the file deny-stop is there').waitFor();
    await page.getByText(`remove it from ${folder}`).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page
      .getByRole('heading', { name: /could not be stopped/ })
      .waitFor({ state: 'detached' });
    expect(isAlive(jobs[0]?.pid ?? 0)).toBe(true);
  });

  test('shows an alert with its evidence and the money at stake; snoozed, it steps back', async () => {
    const { home, folder } = homeWith('train');
    writeFileSync(join(folder, 'busy'), '0.18');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    const alert = page.getByRole('article', { name: /train is idle/ });
    await alert.getByText(/wasted in/).waitFor();
    await alert.getByText('$32.00/h while it lasts').waitFor();
    const evidence = await alert.getByRole('definition').allTextContents();
    expect(evidence.join(' ')).toContain('18%');
    await rowOf(page, 'train').getByText('Has an alert:').waitFor({ state: 'attached' });
    await alert.getByRole('button', { name: 'Stop job…' }).waitFor();

    await alert.getByText('Snooze', { exact: true }).press('Enter');
    await alert.getByRole('button', { name: 'for 4 h' }).waitFor();
    await page.keyboard.press('Escape');
    await alert.getByRole('button', { name: 'for 4 h' }).waitFor({ state: 'hidden' });
    await page.keyboard.press('Enter');
    await alert.getByRole('button', { name: 'for 1 h' }).click();
    await page.getByText(/snoozed until/).waitFor();
    expect(await alert.count()).toBe(0);
    expect(stage.complaints).toEqual([]);
  });

  test('works in any number of tabs: only those that are seen hold a connection', async () => {
    const { home } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const see = (page: Page, state: 'hidden' | 'visible') =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'visibilityState', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    // A browser grants one server six connections; headless, it takes every tab for seen.
    let { page } = stage;
    for (let tab = 0; tab < 8; tab++) {
      await burnRate(page).getByText('$32.00').waitFor();
      await see(page, 'hidden');
      page = await stage.page.context().newPage();
      await page.goto(stage.served.url);
    }
    await page.getByRole('button', { name: 'Stop train' }).click();
    await page.getByRole('dialog').getByText('Send SIGTERM').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop job' }).click();
    await page.getByRole('heading', { name: 'Stopped train' }).waitFor();

    await see(stage.page, 'visible');
    await stage.page.getByRole('heading', { name: 'Stopped train' }).waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('draws what the ledger holds, for each range, with the same facts in words', async () => {
    const { home } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    const chart = page.getByRole('img', { name: /over the last/ });
    await chart.waitFor();
    expect(await chart.getAttribute('aria-label')).toMatch(/^\$19\d\.\d\d over the last 6 hours\./);
    const card = page.getByRole('region', { name: 'Burn over time' });
    await card.getByLabel('24 hours').check({ force: true });
    await page.getByRole('img', { name: /over the last 24 hours/ }).waitFor();
    // Something is drawn: the canvas holds more than one colour.
    const colours = await chart.evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
        data: [],
      };
      return new Set(new Uint32Array(new Uint8ClampedArray(data).buffer)).size;
    });
    expect(colours).toBeGreaterThan(10);
    expect(stage.complaints).toEqual([]);
  });
});

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.textContent?.trim());
}
