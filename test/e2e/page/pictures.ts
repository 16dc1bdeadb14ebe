import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { DemoStage } from './demo_stage.ts';
import { Theatre } from './stage.ts';

/** What the README and the store pages show, each of the page in the demo. */
const SHOTS = [
  { name: 'page', width: 1440, height: 1310, colorScheme: 'light' },
  { name: 'page-dark', width: 1440, height: 1310, colorScheme: 'dark' },
  { name: 'job', width: 1280, height: 1020, colorScheme: 'light', job: 'llama-finetune' },
  { name: 'sidebar', width: 380, height: 1000, colorScheme: 'dark' },
] as const;

/** A machine that takes pictures has other things to do. */
const PATIENCE_MS = 180_000;

/**
 * Starts the demo, waits until a job in it goes idle, and takes pictures of the page at twice the
 * density into `folder`. Answers their paths. It needs the built product.
 */
export async function takePictures(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  await using theatre = await Theatre.open();
  await using stage = await DemoStage.open(theatre);
  await stage.page.getByRole('article', { name: /is idle/ }).waitFor({ timeout: PATIENCE_MS });
  const paths: string[] = [];
  for (const { name, width, height, colorScheme, ...shot } of SHOTS) {
    const context = await theatre.browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
      locale: 'en-US',
      colorScheme,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(stage.served.url);
    if ('job' in shot) {
      const address = await page.getByRole('link', { name: shot.job }).getAttribute('href');
      await page.goto(`${stage.served.url}${address}`);
      await page.getByText('Started', { exact: true }).waitFor();
    }
    await drawn(page);
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path });
    paths.push(path);
    await context.close();
  }
  return paths;
}

/** Every chart on the page has come. */
async function drawn(page: Page): Promise<void> {
  await page.getByRole('img', { name: /over the last/ }).waitFor();
  await page.getByText('Loading…').first().waitFor({ state: 'detached' });
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error('usage: node test/e2e/page/pictures.ts <folder>');
    process.exit(2);
  }
  for (const path of await takePictures(resolve(folder))) console.log(path);
}
