import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Team } from '../../integration/serve/team.ts';
import { until } from '../../unit/collector/live.ts';
import { chromiumMissing, launchChromium } from '../chromium.ts';
import { looksRight } from './appearance.ts';

const missing = await chromiumMissing();
const PATIENCE_MS = 60_000;

describe.skipIf(missing)(`the page of a team’s server (${missing ?? 'Chromium is here'})`, () => {
  let team: Team;
  let browser: Browser;
  beforeAll(async () => {
    [team, browser] = await Promise.all([Team.begin({ speed: 10 }), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await team?.[Symbol.asyncDispose]();
  });

  /** A browser of somebody's own, at the address of the server. */
  async function visit() {
    // The authority is the test's own, and Chromium has a list of others.
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-US' });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(team.url);
    return { context, page, complaints };
  }

  async function signIn(page: Page, secret: string): Promise<void> {
    await page.getByLabel('Your token').fill(secret);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  test('a token opens it, it lives, and it is open again until one signs out', async () => {
    const { context, page, complaints } = await visit();
    await signIn(page, 'burnrate_not-a-token-of-this-server');
    await page.getByRole('alert').waitFor({ timeout: PATIENCE_MS });
    // The browser says of a 401 that it is one.
    complaints.splice(0);
    await signIn(page, team.token('operator'));
    await page.getByText('/h').first().waitFor({ timeout: PATIENCE_MS });
    expect(await page.getByRole('button', { name: /stop/i }).count()).toBeGreaterThan(0);
    // It goes on by itself: what has been spent grows.
    const text = () => page.locator('body').textContent();
    const before = await text();
    await until('the page to change', async () => (await text()) !== before, PATIENCE_MS);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict' });
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.reload();
    await page.getByText('/h').first().waitFor({ timeout: PATIENCE_MS });
    expect(complaints).toEqual([]);
    await page.goto(`${team.url}/logout`);
    await page.getByLabel('Your token').waitFor({ timeout: PATIENCE_MS });
    expect(await context.cookies()).toEqual([]);
    await context.close();
  });

  test('a viewer sees the same and is offered no stop', async () => {
    const { context, page, complaints } = await visit();
    await signIn(page, team.token('viewer'));
    await page.getByText('/h').first().waitFor({ timeout: PATIENCE_MS });
    const link = await team.watch(team.token('viewer'));
    const { jobs } = await link.request('snapshot', {});
    await link.close();
    const { name } = jobs.find(({ mine, state }) => mine && state === 'running') ?? { name: '' };
    expect(name).not.toBe('');
    await page.getByText(name).first().waitFor({ timeout: PATIENCE_MS });
    const stops = page.getByRole('button', { name: /^stop/i });
    const enabled = await stops.evaluateAll((found) =>
      found.filter((one) => !(one as HTMLButtonElement).disabled && one.ariaDisabled !== 'true'),
    );
    expect(enabled).toEqual([]);
    // What everyone costs, by person and by project, is theirs to see.
    const card = page.getByRole('region', { name: 'Team' });
    const mira = card.getByRole('row', { name: /mira\.okafor/ });
    await mira.getByText(/\$[\d.,]+\/h/).waitFor({ timeout: PATIENCE_MS });
    await card.getByRole('row', { name: /^sam/ }).waitFor();
    await card.getByLabel('Time').selectOption('last 30 days');
    await card.getByLabel('Sums').selectOption('by project');
    await card.getByRole('row', { name: /^support-llm/ }).waitFor({ timeout: PATIENCE_MS });
    await card.getByRole('row', { name: /^All/ }).waitFor();
    expect(await card.getByRole('alert').count()).toBe(0);
    await looksRight(page, 'team');
    expect(complaints).toEqual([]);
    await context.close();
  });
});
