import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { debianPackages } from '../debian.ts';

const EXECUTABLE = '/usr/bin/chromium';

/**
 * Sees to it that Debian's Chromium is here. Answers why it cannot be had, as `debianPackages`
 * does: the tests that need it are then skipped with that reason.
 */
export async function chromiumMissing(): Promise<string | undefined> {
  return existsSync(EXECUTABLE) ? undefined : debianPackages('chromium', 'fonts-dejavu-core');
}

/** What Chromium needs to run as root and in a container, where it has no sandbox of its own. */
const ARGS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-dev-shm-usage',
  '--disable-gpu',
];

/** Debian's Chromium, headless, driven by playwright-core; the caller closes it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, headless: true, args: ARGS });
}
