import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServedPage, servePage } from '@burnrate/shared/panel/host/serve.ts';
import type { CollectorConnection, ConnectOptions } from '@burnrate/shared/protocol/client.ts';
import type { Browser, Page } from 'playwright-core';
import { Home } from '../../unit/collector/live.ts';
import { launchChromium } from '../chromium.ts';

const BUILD = new URL('../../../shared/bootstrap/build.mjs', import.meta.url).href;

/** A browser, and the page as it is shipped, bundled into a folder of its own. */
export class Theatre implements AsyncDisposable {
  readonly browser: Browser;
  readonly files: string;

  private constructor(browser: Browser, files: string) {
    this.browser = browser;
    this.files = files;
  }

  static async open(): Promise<Theatre> {
    const files = mkdtempSync(join(tmpdir(), 'burnrate-panel-'));
    const { buildPanel } = (await import(BUILD)) as { buildPanel(outdir: string): Promise<void> };
    await buildPanel(files);
    return new Theatre(await launchChromium(), files);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    rmSync(this.files, { recursive: true, force: true });
  }
}

/** What one test looks at: a collector's home, the server over it, and a tab that shows the page. */
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
    { browser, files }: Theatre,
    home: Home,
    changes: Partial<ConnectOptions> = {},
  ): Promise<Stage> {
    const link = await home.connect(changes);
    const served = await servePage({ link, files });
    const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce' });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/^(error|warning)$/.test(message.type())) complaints.push(message.text());
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

/** A home whose account is a folder with these jobs in it, each a real process. */
export function homeWith(...names: string[]) {
  const home = new Home();
  const folder = home.folder('lab');
  home.configure({
    sources: { processes: { folders: [folder] } },
    alerts: { idle: { forSeconds: 1, startupMinutes: 0.02 } },
  });
  const jobs = names.map((name) => home.job(folder, { name }));
  return { home, folder, jobs };
}
