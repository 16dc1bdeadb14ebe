import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A sidebar at its narrowest, a wide one, half a screen, and a large one. */
const WIDTHS = [320, 420, 800, 1280];
/** Axe looks at these of them: what is between them has the layout of one of them. */
const EXAMINED: readonly number[] = [320, 1280];
/** Where pictures of each state go, for whoever wants to look. */
const PICTURES =
  process.env.BURNRATE_PICTURES ??
  fileURLToPath(new URL('../../../.build/pictures/page', import.meta.url));

/** What VS Code's own high-contrast themes set: by its class, and by colours on the root. */
const HIGH_CONTRAST = {
  'high-contrast': {
    classes: ['vscode-high-contrast'],
    theme: 'dark',
    colours: {
      'editor-background': '#000000',
      'editorWidget-background': '#0c141f',
      'editorHoverWidget-background': '#0c141f',
      foreground: '#ffffff',
      descriptionForeground: 'rgba(255, 255, 255, 0.7)',
      contrastBorder: '#6fc3df',
      focusBorder: '#f38518',
      'button-background': '#000000',
      'button-foreground': '#ffffff',
      'button-secondaryForeground': '#ffffff',
      'button-secondaryBackground': '#000000',
      errorForeground: '#f48771',
      'editorWarning-foreground': '#ffd370',
      'testing-iconPassed': '#73c991',
    },
  },
  'high-contrast-light': {
    classes: ['vscode-high-contrast', 'vscode-high-contrast-light'],
    theme: 'light',
    colours: {
      'editor-background': '#ffffff',
      'editorWidget-background': '#ffffff',
      'editorHoverWidget-background': '#ffffff',
      foreground: '#292929',
      descriptionForeground: '#292929',
      contrastBorder: '#0f4a85',
      focusBorder: '#006bbd',
      'button-background': '#0f4a85',
      'button-foreground': '#ffffff',
      'button-secondaryForeground': '#0f4a85',
      'button-secondaryBackground': '#ffffff',
      errorForeground: '#b5200d',
      'editorWarning-foreground': '#895503',
      'testing-iconPassed': '#007100',
    },
  },
} as const;

/**
 * No serious fault for people with disabilities, and nothing cut off: in light and in dark at every
 * width, in VS Code's high contrast at one of them. Leaves a picture of each.
 */
export async function looksRight(page: Page, state: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await themeIs(page, colorScheme);
    for (const width of WIDTHS) {
      const name = `${state}-${width}-${colorScheme}`;
      await fits(page, width, name);
      if (EXAMINED.includes(width)) expect(await faults(page), name).toEqual([]);
    }
  }
  for (const [name, { classes, theme, colours }] of Object.entries(HIGH_CONTRAST)) {
    await page.evaluate(dress, { classes: [...classes], colours: { ...colours } });
    await themeIs(page, theme);
    await fits(page, 800, `${state}-800-${name}`);
    expect(await faults(page), `${state}, ${name}`).toEqual([]);
    await page.evaluate(dress, {
      classes: [],
      colours: Object.fromEntries(Object.keys(colours).map((key) => [key, ''])),
    });
  }
}

async function themeIs(page: Page, theme: string): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => document.documentElement.dataset.theme), { timeout: 20_000 })
    .toBe(theme);
}

/** Runs in the page: the classes and colours that VS Code gives a webview. */
function dress({ classes, colours }: { classes: string[]; colours: Record<string, string> }): void {
  document.body.className = classes.join(' ');
  for (const [name, value] of Object.entries(colours)) {
    document.documentElement.style.setProperty(`--vscode-${name}`, value);
  }
}

/** Takes the picture first, for a fault is best seen. */
async function fits(page: Page, width: number, name: string): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  const hidden = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(hidden, `${name} is cut off`).toBeLessThanOrEqual(0);
}

/** The serious faults that axe-core finds in a page. */
export async function faults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    return axe.run();
  });
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ help, nodes }) => `${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
