import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../chromium.ts';

/** What the README and the store pages show: each picture in light and in dark. */
const SHOTS = [
  { name: 'page', width: 1440, height: 1240 },
  { name: 'sidebar', width: 380, height: 900 },
] as const;
const SCHEMES = ['light', 'dark'] as const;

/**
 * Takes pictures of the page that answers at `url`, at twice the density, into `folder`:
 * `page-light.png`, `page-dark.png`, and so on. Answers their paths.
 */
export async function takePictures(
  browser: Browser,
  url: string,
  folder: string,
): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const paths: string[] = [];
  for (const { name, width, height } of SHOTS) {
    for (const colorScheme of SCHEMES) {
      const context = await browser.newContext({
        viewport: { width, height },
        deviceScaleFactor: 2,
        reducedMotion: 'reduce',
        locale: 'en-US',
        colorScheme,
      });
      const page = await context.newPage();
      await page.goto(url);
      await page.locator('canvas').first().waitFor();
      const path = join(folder, `${name}-${colorScheme}.png`);
      await page.screenshot({ path });
      paths.push(path);
      await context.close();
    }
  }
  return paths;
}

if (import.meta.main) {
  const [url, folder] = process.argv.slice(2);
  if (!url || !folder) {
    console.error('usage: node test/e2e/page/pictures.ts <url of the page> <folder>');
    process.exit(2);
  }
  const browser = await launchChromium();
  try {
    for (const path of await takePictures(browser, url, resolve(folder))) console.log(path);
  } finally {
    await browser.close();
  }
}
