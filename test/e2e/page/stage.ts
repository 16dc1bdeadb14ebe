import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServedPage, servePage } from '@burnrate/shared/panel/host/serve.ts';
import type { CollectorConnection } from '@burnrate/shared/protocol/client.ts';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Home } from '../../unit/collector/live.ts';

const BUILD = new URL('../../../shared/bootstrap/build.mjs', import.meta.url).href;

/** The page as it is shipped, bundled into a folder of its own. */
export async function builtPanel(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-panel-'));
  const { buildPanel } = (await import(BUILD)) as { buildPanel(outdir: string): Promise<void> };
  await buildPanel(folder);
  return folder;
}

/** What a test needs to look at the page: a collector's home, its server, and a tab that shows it. */
export class Stage implements AsyncDisposable {
  readonly home: Home;
  readonly link: CollectorConnection;
  readonly served: ServedPage;
  readonly page: Page;
  /** What the browser had to complain about: errors, rejections, and breaches of the policy. */
  readonly complaints: string[];

  private constructor(parts: Pick<Stage, 'home' | 'link' | 'served' | 'page' | 'complaints'>) {
    this.home = parts.home;
    this.link = parts.link;
    this.served = parts.served;
    this.page = parts.page;
    this.complaints = parts.complaints;
  }

  /** Opens the page over `home`'s collector, which is started where none runs. */
  static async open(
    home: Home,
    { browser, files }: { browser: Browser; files: string },
    options: BrowserContextOptions = {},
  ): Promise<Stage> {
    const link = await home.connect();
    const served = await servePage({ link, files });
    const context = await browser.newContext({ locale: 'en-US', ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(served.url);
    return new Stage({ home, link, served, page, complaints });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
    await this.served.close();
    await this.home[Symbol.asyncDispose]();
  }
}

/** Removes what `builtPanel` made. */
export function removePanel(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
