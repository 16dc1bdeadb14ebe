import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitOf, Home } from '../../unit/collector/live.ts';
import { chromiumMissing, launchChromium } from '../chromium.ts';
import { openWindow } from './window.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined)("the page in the tray's window", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  function homeWithJobs(...names: string[]) {
    const home = new Home();
    const folder = home.folder('lab');
    home.configure({ sources: { processes: { folders: [folder], pricePerHour: 32 } } });
    return { home, jobs: names.map((name) => home.job(folder, { name })) };
  }
  const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

  test('shows the jobs over the bridge of the preload script, under its policy', async () => {
    const { home } = homeWithJobs('train', 'evaluate');
    await using _ = home;
    const { page, complaints } = await openWindow(browser, await home.connect());
    await page.getByTestId('burn-rate').getByText('$32.00').waitFor();
    await row(page, 'train').waitFor();
    await row(page, 'evaluate').waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('stops a job for real', async () => {
    const { home, jobs } = homeWithJobs('train');
    await using _ = home;
    const { page } = await openWindow(browser, await home.connect());
    await page.getByRole('button', { name: 'Stop train' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop job' }).click();
    const child = jobs[0]?.child;
    if (child) await exitOf(child);
    expect(child?.signalCode).toBe('SIGTERM');
    await page.close();
  });

  test('brings a job into view that a notification or a link names', async () => {
    const { home, jobs } = homeWithJobs('train', 'evaluate');
    await using _ = home;
    const { page, host } = await openWindow(browser, await home.connect());
    await row(page, 'evaluate').waitFor();
    host.show(jobs[1]?.id ?? '');
    // Its own page; and back in the list it is where one goes on.
    await page.getByRole('heading', { name: 'evaluate', exact: true }).waitFor();
    await page.getByRole('button', { name: 'All jobs' }).click();
    await page.locator('tr[data-wanted="true"]').filter({ hasText: 'evaluate' }).waitFor();
    expect(await page.locator('tr[data-wanted="true"]').count()).toBe(1);
    await page.close();
  });

  test('runs no script but its own, and reaches nothing but its host', async () => {
    const { home } = homeWithJobs('train');
    await using _ = home;
    const { page } = await openWindow(browser, await home.connect());
    await row(page, 'train').waitFor();
    const blocked = await page.evaluate(async () => {
      const breaches = new Set<string>();
      document.addEventListener('securitypolicyviolation', (event) =>
        breaches.add(event.effectiveDirective),
      );
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.head.append(script);
      const image = new Image();
      image.src = 'https://elsewhere.example/pixel.png';
      await fetch('https://elsewhere.example/').catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { breaches: [...breaches], ran: 'ran' in globalThis };
    });
    expect(blocked.ran).toBe(false);
    expect(blocked.breaches.toSorted()).toEqual(['connect-src', 'img-src', 'script-src-elem']);
    await page.close();
  });
});
