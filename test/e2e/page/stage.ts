import { type ServedPage, servePage } from '@burnrate/shared/panel/host/serve.ts';
import type { CollectorConnection, ConnectOptions } from '@burnrate/shared/protocol/client.ts';
import type { Browser, Page } from 'playwright-core';
import { Home } from '../../unit/collector/live.ts';
import { builtPanel } from '../../unit/panel/built.ts';
import { launchChromium } from '../chromium.ts';

/** A browser, and the page as it is shipped. */
export class Theatre implements AsyncDisposable {
  readonly browser: Browser;
  readonly files: string;
  readonly #remove: () => void;

  private constructor(browser: Browser, panel: { files: string; remove(): void }) {
    this.browser = browser;
    this.files = panel.files;
    this.#remove = panel.remove;
  }

  static async open(): Promise<Theatre> {
    const panel = await builtPanel();
    return new Theatre(await launchChromium(), panel);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    this.#remove();
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
    const complaints = complaintsOf(page);
    await page.goto(served.url);
    return new Stage({ home, link, served, page, complaints });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
    await this.served.close();
    await this.home[Symbol.asyncDispose]();
  }
}

/** What the browser has to complain about from now on: errors, rejections, breaches of the policy. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/^(error|warning)$/.test(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
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
