import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { servePage } from '@burnrate/shared/panel/host/serve.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Home, kill } from '../../unit/collector/live.ts';
import { chromiumMissing } from '../chromium.ts';
import { looksRight } from './appearance.ts';
import { busyFleet } from './busy_fleet.ts';
import { DemoStage } from './demo_stage.ts';
import { complaintsOf, homeWith, Stage, Theatre } from './stage.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

/** Each state at four widths and in four themes, on a machine that has other things to do. */
const LIMIT_MS = 600_000;

describe.skipIf(missing)('the looks of the page', { timeout: LIMIT_MS }, () => {
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await Theatre.open();
  });
  afterAll(() => theatre?.[Symbol.asyncDispose]());

  test('with jobs, an alert, a stop dialog, and a stop that failed', async () => {
    const { home, folder } = homeWith('train-llama-70b', 'evaluate');
    home.job(folder, { name: 'theirs', mine: false });
    writeFileSync(join(folder, 'busy'), '0.18');
    writeFileSync(join(folder, 'deny-stop'), '');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page
      .getByRole('article', { name: /is idle/ })
      .first()
      .waitFor();
    await page.locator('canvas').first().waitFor();
    await page.getByLabel('Show everyone’s').check();
    await page.getByText('What the figures rest on').click();
    await looksRight(page, 'alert');
    await page.getByRole('button', { name: 'Stop evaluate' }).click();
    await page.getByRole('dialog').getByText('Send SIGTERM').waitFor();
    await looksRight(page, 'dialog');
    await page.getByRole('dialog').getByRole('button', { name: 'Stop job' }).click();
    await page.getByRole('button', { name: 'Dismiss' }).waitFor();
    await looksRight(page, 'failed-stop');
    expect(stage.complaints).toEqual([]);
  });

  test('the demo: everything that a page can show, and a job of it', async () => {
    await using stage = await DemoStage.open(theatre);
    const { page } = stage;
    await page.getByRole('article', { name: /is idle/ }).waitFor({ timeout: 180_000 });
    for (const title of [
      'Budgets',
      'Did no work',
      'Spot price',
      'Bills, this month',
      'Left behind',
    ]) {
      await page.getByRole('heading', { name: title }).waitFor({ timeout: 60_000 });
    }
    await looksRight(page, 'demo');
    await page.getByRole('link', { name: 'llama-finetune' }).click();
    await page.getByRole('heading', { name: 'Why this price' }).waitFor();
    await page.getByText('Started', { exact: true }).waitFor();
    await page.getByRole('img', { name: /over the last/ }).waitFor();
    await looksRight(page, 'job');
    expect(stage.complaints).toEqual([]);
  });

  test('bills against the meter, and a price that they have corrected, in the person’s own numbers', async () => {
    const fleet = busyFleet(3, { billed: true });
    const served = await servePage({ link: fleet.link, files: theatre.files });
    const page = await theatre.browser.newPage({ locale: 'de-DE', reducedMotion: 'reduce' });
    const complaints = complaintsOf(page);
    await page.goto(served.url);
    const days = page.getByRole('table', { name: /Metered and billed by day/ });
    await days.getByText('96,00 $').first().waitFor();
    await days
      .getByText(/91,20\s\$ to 100,80\s\$/)
      .first()
      .waitFor();
    await looksRight(page, 'bills');
    await page.getByRole('link', { name: 'train-0' }).click();
    const why = page.getByRole('region', { name: 'Why this price' });
    await why.getByText('× 0,851').waitFor();
    await why.getByText('32,77 $').waitFor();
    await why.getByText('calibrated').waitFor();
    await looksRight(page, 'job-calibrated');
    expect(complaints).toEqual([]);
    await page.close();
    await served.close();
  });

  test('a job’s own page before anything is known, its budget dialog, and a job of the past', async () => {
    const { home } = homeWith('train-llama-70b');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByRole('link', { name: 'train-llama-70b' }).click();
    // What it asks for never comes.
    await page.route('**/request', () => {});
    await page.reload();
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    await looksRight(page, 'job-loading');
    await page.unroute('**/request');
    await page.reload();
    await page.getByText('Started', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Budget of train-llama-70b' }).click();
    await page.getByRole('dialog').waitFor();
    await looksRight(page, 'budget-dialog');
    await page.keyboard.press('Escape');
    await page.evaluate(() => location.assign('#job/slurm%3Agone%3A1'));
    await page.getByRole('heading', { name: 'A job of the past' }).waitFor();
    await page.getByText(/This job has never been seen/).waitFor();
    await looksRight(page, 'job-of-the-past');
  });

  test('with a stop that the provider confirmed, and a job that has ended', async () => {
    const { home } = homeWith('train-llama-70b', 'evaluate');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByRole('button', { name: 'Stop evaluate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop job' }).click();
    await page.getByRole('heading', { name: 'Stopped evaluate' }).waitFor();
    await page.locator('.ended summary').click();
    await looksRight(page, 'confirmed-stop');
  });

  test('with accounts that failed and are silent, and a collector that is gone', async () => {
    const home = new Home();
    const [denied, good] = [home.folder('denied'), home.folder('good')];
    home.configure({ sources: { processes: { folders: [denied, good] } } });
    writeFileSync(join(denied, 'deny'), '');
    home.job(good, { name: 'train-llama-70b' });
    const { launch } = home.options();
    let command = launch.command;
    const program = {
      ...launch,
      get command() {
        return command;
      },
    };
    await using stage = await Stage.open(theatre, home, { launch: program });
    const { page, link } = stage;
    await page.getByText('Failed, never answered').waitFor();
    await page.getByText('$32.00').first().waitFor();
    await looksRight(page, 'failed-account');
    writeFileSync(join(good, 'hang'), '');
    await page.getByText(/Stale, last answer/).waitFor({ timeout: 120_000 });
    await looksRight(page, 'stale-account');
    rmSync(join(good, 'hang'));
    command = join(home.path, 'no-such-program');
    kill(link.welcome.pid, 'SIGKILL');
    await page.getByText('Not connected.').waitFor();
    await looksRight(page, 'offline');
  });

  test('with nothing found', async () => {
    const home = new Home();
    home.configure({ sources: { processes: { folders: [] } } });
    await using stage = await Stage.open(theatre, home);
    await stage.page.getByText('Looked for').waitFor();
    await looksRight(stage.page, 'empty');
  });

  test('while nothing has come yet, and when nothing comes', async () => {
    const { home } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    // The server takes the question for events, and never answers.
    await page.route('**/events', () => {});
    await page.reload();
    await page.getByText('Starting the meter…').waitFor();
    await looksRight(page, 'loading');
    await page.getByRole('heading', { name: 'Burnrate is not answering' }).waitFor();
    await looksRight(page, 'not-answering');
  });

  test('moves nothing for people who do not want that', async () => {
    const { home } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.route('**/events', () => {});
    const motion = () =>
      page.locator('.waiting .flame').evaluate((flame) => getComputedStyle(flame).animationName);
    await page.reload();
    expect(await motion()).toBe('none');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await motion()).toBe('breathe');
  });
});
