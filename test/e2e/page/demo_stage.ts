import { type Demo, startDemo } from '@burnrate/shared/cli/demo.ts';
import { type ServedPage, servePage } from '@burnrate/shared/panel/host/serve.ts';
import { type CollectorConnection, connectCollector } from '@burnrate/shared/protocol/client.ts';
import { LEAN_NODE_FLAGS } from '@burnrate/shared/protocol/launch.ts';
import type { Page } from 'playwright-core';
import { bundled } from '../../bench/product.ts';
import { complaintsOf, type Theatre } from './stage.ts';

/** The simulated fleet, the collector that is shipped over it, and a tab that shows its page. */
export class DemoStage implements AsyncDisposable {
  readonly page: Page;
  readonly served: ServedPage;
  readonly complaints: string[];
  readonly #demo: Demo;
  readonly #link: CollectorConnection;

  private constructor(
    parts: Pick<DemoStage, 'page' | 'served' | 'complaints'>,
    demo: Demo,
    link: CollectorConnection,
  ) {
    this.page = parts.page;
    this.served = parts.served;
    this.complaints = parts.complaints;
    this.#demo = demo;
    this.#link = link;
  }

  static async open({ browser, files }: Theatre): Promise<DemoStage> {
    const demo = await startDemo();
    const link = await connectCollector({
      hello: { face: 'browser', version: '0.1.0', notifies: true },
      paths: demo.paths,
      launch: {
        command: process.execPath,
        args: [...LEAN_NODE_FLAGS, bundled('collector.mjs')],
        env: demo.env,
      },
    });
    const served = await servePage({ link, files });
    const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce' });
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(served.url);
    return new DemoStage({ page, served, complaints }, demo, link);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
    await this.served.close();
    await this.#link.close();
    await this.#demo.stop();
  }
}
