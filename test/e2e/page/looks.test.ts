import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Home, kill } from '../../unit/collector/live.ts';
import { chromiumMissing } from '../chromium.ts';
import { homeWith, Stage, Theatre } from './stage.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A sidebar at its narrowest, half a screen, and a large one. */
const WIDTHS = [320, 760, 1600];
/** Where pictures of each state go, for whoever wants to look: `BURNRATE_PICTURES=folder`. */
const PICTURES = process.env.BURNRATE_PICTURES;

/** No serious fault for people with disabilities, and nothing cut off, in light and in dark. */
async function looksRight(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.dataset.theme))
      .toBe(colorScheme);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const hidden = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth - clientWidth;
      });
      expect(hidden, `${state} is ${width} px wide`).toBeLessThanOrEqual(0);
      expect(await faults(page), `${state}, ${colorScheme}, ${width} px`).toEqual([]);
      if (PICTURES) {
        const path = join(PICTURES, `${state}-${width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    }
  }
}

async function faults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    return axe.run();
  });
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ help, nodes }) => `${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

describe.skipIf(missing)('the looks of the page', () => {
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
    await page.locator('canvas').waitFor();
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

  test('with an account that failed, and a collector that is gone', async () => {
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
