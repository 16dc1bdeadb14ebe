import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Home, kill, until } from '../../unit/collector/live.ts';
import { chromiumMissing } from '../chromium.ts';
import { homeWith, Stage, Theatre } from './stage.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

describe.skipIf(missing)('the page in trouble', () => {
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await Theatre.open();
  });
  afterAll(() => theatre?.[Symbol.asyncDispose]());

  test('says that the collector is gone, shows the last state greyed, and recovers', async () => {
    const { home } = homeWith('train');
    const { launch } = home.options();
    let startable = true;
    const program = {
      ...launch,
      get command() {
        return startable ? launch.command : join(home.path, 'no-such-program');
      },
    };
    await using stage = await Stage.open(theatre, home, { launch: program });
    const { page, link } = stage;
    await page.getByTestId('burn-rate').getByText('$32.00').waitFor();
    const before = link.welcome.pid;
    startable = false;
    kill(before, 'SIGKILL');
    const banner = page.locator('.banner').filter({ hasText: 'Not connected.' });
    await banner.getByText(/figures below are \d+ s old/).waitFor();
    await page
      .locator('.freshness')
      .getByText(/^Offline/)
      .waitFor();
    await page.getByTestId('burn-rate').getByText('$32.00').waitFor();
    expect(await page.locator('main').getAttribute('data-offline')).toBe('true');
    expect(await page.getByRole('button', { name: 'Ask all accounts again' }).isDisabled()).toBe(
      true,
    );

    // A page opened meanwhile is told the same, and does not take the last state for the present.
    const second = await page.context().newPage();
    await second.goto(stage.served.url);
    await second.getByText('Not connected.').waitFor();
    await second.getByTestId('burn-rate').getByText('$32.00').waitFor();
    await second.close();

    startable = true;
    await banner.waitFor({ state: 'detached' });
    expect(link.welcome.pid).not.toBe(before);
    await page.locator('.freshness').getByText(/^Live/).waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('says what to do when its own server is gone', async () => {
    const { home } = homeWith('train');
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByTestId('burn-rate').getByText('$32.00').waitFor();
    await stage.served.close();
    // The page says it, and each chart that was about to ask.
    const gone = page.getByText(/The Burnrate server behind this page does not answer/);
    await gone.first().waitFor();
    await page.getByRole('button', { name: 'Stop train' }).click();
    await page
      .getByRole('dialog')
      .getByRole('alert')
      .getByText(/start it again/)
      .waitFor();
  });

  test('shows an account that fails with its remedy, and one that hangs with its age', async () => {
    const home = new Home();
    const [denied, deaf] = [home.folder('denied'), home.folder('deaf')];
    home.configure({ sources: { processes: { folders: [denied, deaf] } } });
    writeFileSync(join(denied, 'deny'), '');
    home.job(deaf, { name: 'train' });
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    const account = (name: string) =>
      page.locator('.accounts').getByRole('listitem').filter({ hasText: name });
    await account(denied).getByText('Failed, never answered').waitFor();
    await account(denied).getByText('the file deny is there').waitFor();
    await account(denied).getByText(`remove it from ${denied}`).waitFor();
    await account(denied)
      .getByText(/asking it cost \$0\.\d\d today/)
      .waitFor();
    await account(deaf).getByText('OK').waitFor();

    writeFileSync(join(deaf, 'hang'), '');
    await account(deaf)
      .getByText(/Stale, last answer \d+ s ago/)
      .waitFor();
    // What was running goes on costing money.
    await page.getByTestId('burn-rate').getByText('$32.00').waitFor();

    rmSync(join(denied, 'deny'));
    await account(denied).getByText('OK').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('says what was looked for where there is nothing, and offers the demo', async () => {
    const home = new Home();
    home.configure({ sources: { processes: { folders: [] } } });
    await using stage = await Stage.open(theatre, home);
    const { page } = stage;
    await page.getByRole('heading', { name: 'Nothing to meter yet' }).waitFor();
    await page.getByText('burnrate.yaml: sources.processes.folders is empty').waitFor();
    await page.getByText('burnrate demo', { exact: true }).waitFor();

    const folder = home.folder('lab');
    home.job(folder, { name: 'train' });
    home.configure({ sources: { processes: { folders: [folder] } } });
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByTestId('burn-rate').getByText('$32.00').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('shows a hostile name as inert text, in every place, without breaking the layout', async () => {
    const hostile = `<img src=x onerror="document.title='owned'">\u001b[31m\u202e<script>document.title='owned'</script>${'W'.repeat(10_000)}`;
    const { home, folder, jobs } = homeWith(hostile);
    writeFileSync(join(folder, 'busy'), '0.18');
    writeFileSync(join(folder, 'deny-stop'), '');
    await using stage = await Stage.open(theatre, home);
    const { page, link } = stage;
    await page.setViewportSize({ width: 320, height: 700 });
    await page.locator('.alert').waitFor();
    await page.getByRole('button', { name: /^Stop </ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Send SIGTERM').waitFor();
    const [width] = await dialog.evaluate((one) => [one.scrollWidth - one.clientWidth]);
    expect(width).toBeLessThanOrEqual(0);
    await dialog.getByRole('button', { name: 'Stop job' }).click();
    await page.locator('.stop-card[data-state="failed"]').waitFor();

    await hasOnlyText(page);
    // On its own page too, in what happened to it, and in the dialog of its budget.
    await page.getByRole('link', { name: /</ }).click();
    await page
      .getByRole('region', { name: 'Timeline' })
      .getByText('Started', { exact: true })
      .waitFor();
    await page.getByRole('img', { name: /over the last/ }).waitFor();
    await page.getByRole('button', { name: /^Budget of </ }).click();
    await page.getByRole('dialog').waitFor();
    await hasOnlyText(page);
    expect(await sidewaysScroll(stage)).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'All jobs' }).click();
    await page.locator('.alert').waitFor();
    const text = await page.locator('#page').textContent();
    expect(text).toContain('<img src=x onerror');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202e');
    expect(await sidewaysScroll(stage)).toBe(0);
    // No one place is made endless by it either.
    const tallest = await page
      .locator('.job-name, .alert h3, .stop-card h3, .legend li')
      .evaluateAll((all) => Math.max(...all.map((one) => one.getBoundingClientRect().height)));
    expect(tallest).toBeLessThan(400);
    expect(stage.complaints).toEqual([]);
    await until('the job to be still there', async () => {
      const { jobs: shown } = await link.request('snapshot', {});
      return shown.some(({ id }) => id === jobs[0]?.id);
    });
  });
});

/** No name has become an element, and none has run. */
async function hasOnlyText(page: Page): Promise<void> {
  expect(await page.title()).not.toContain('owned');
  expect(await page.locator('img, #page script').count()).toBe(0);
}

function sidewaysScroll({ page }: Stage): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}
