import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FrameLocator, Locator, Page } from 'playwright-core';

const PATIENCE_MS = 120_000;
const RETRY_MS = 10_000;
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

  /** The box in which VS Code asks for a choice or a text. */
  get input(): Locator {
    return this.page.locator('.quick-input-widget input:visible').last();
  }

  /** Takes what that box offers. */
  async choose(text: string | RegExp, timeout = PATIENCE_MS): Promise<void> {
    await this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: text })
      .first()
      .click({ timeout });
  }

  command(title: string): Promise<void> {
    return this.#quickly('F1', `>${title}`, title);
  }

  /** A command, and what to take of what it offers. */
  pick(title: string, ...choices: (string | RegExp)[]): Promise<void> {
    return this.insist(async () => {
      await this.command(title);
      for (const choice of choices) await this.choose(choice, RETRY_MS);
    });
  }

  /** Does it until it is done: what opens may be closed again by something that happens meanwhile. */
  async insist(deed: () => Promise<unknown>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        await deed();
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  async openFile(name: string): Promise<void> {
    await this.#quickly('ControlOrMeta+P', name, name);
    await this.page.locator('.tab.active').filter({ hasText: name }).waitFor();
  }

  /** Again, where something has taken the focus meanwhile, which closes the box: a page that loads does. */
  #quickly(keys: string, text: string, choice: string): Promise<void> {
    return this.insist(async () => {
      await this.page.keyboard.press(keys);
      await this.input.fill(text, { timeout: RETRY_MS });
      await this.choose(choice, RETRY_MS);
    });
  }

  /** A line above a line of the file that is open. */
  lens(text: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration').getByText(text);
  }

  /** The quick fix of that name for what stands on the line. */
  fix(line: string, title: string | RegExp): Promise<void> {
    return this.insist(async () => {
      const there = this.page.locator('.view-line').filter({ hasText: line }).first();
      await there.click({ timeout: RETRY_MS });
      await this.page.keyboard.press('ControlOrMeta+.');
      await this.page.getByText(title).click({ timeout: RETRY_MS });
    });
  }

  async clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
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
