import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FrameLocator, Locator, Page } from 'playwright-core';

const PATIENCE_MS = 60_000;
const pictures = fileURLToPath(new URL('../../../.build/pictures/', import.meta.url));

/** VS Code's workbench in a browser, as a person uses it. */
export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.readout.waitFor();
  }

  /** Burnrate's entry in the status bar. */
  get readout(): Locator {
    return this.page.locator('.statusbar-item[id="burnrate.burnrate.burnrate.readout"]');
  }

  /** What a screen reader says of the readout. */
  async spoken(): Promise<string> {
    return (await this.readout.getAttribute('aria-label')) ?? '';
  }

  async openJobs(): Promise<void> {
    await this.page.locator('.activitybar a.action-label[aria-label^="Burnrate"]').click();
  }

  /** By a click on the readout; the pointer then moves on, lest its hover cover a notification. */
  async openPanel(): Promise<void> {
    await this.readout.locator('a').click();
    await this.page.mouse.move(640, 300);
  }

  /** A row of the tree of jobs. */
  row(text: string): Locator {
    return this.page.locator('.pane-body .monaco-list-row').filter({ hasText: text });
  }

  notification(text: string): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text });
  }

  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  get hover(): Locator {
    return this.page.locator('.monaco-hover:visible').last();
  }

  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input[type="text"]');
    await input.fill(`>${title}`);
    await this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: title })
      .first()
      .click();
  }

  /** The page of Burnrate's panel, inside the two frames that VS Code puts around a webview. */
  get panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** Keeps what a person would see now, to be looked at. */
  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    await this.page.screenshot({ path: `${pictures}vscode-${name}.png` });
  }
}
