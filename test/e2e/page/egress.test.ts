import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servePage } from '@burnrate/shared/panel/host/serve.ts';
import { expect, onTestFinished, test } from 'vitest';
import { senderTo } from '../../integration/fleet/sender.ts';
import { scenarioFile, Watch } from '../../integration/fleet/watch.ts';
import { chromiumMissing } from '../chromium.ts';
import { looksRight } from './appearance.ts';
import { complaintsOf, Theatre } from './stage.ts';

const missing = await chromiumMissing();
if (missing) console.warn(`skipped: ${missing}`);

test.skipIf(missing)(
  'data out says where a checkpoint went, and what its bucket was asked for, apart from all other sums',
  { timeout: 300_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-page-egress-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const scenario = scenarioFile(folder, senderTo('sam-checkpoints'));
    await using theatre = await Theatre.open();
    await using watch = await Watch.begin({ speed: 120, scenario });
    await watch.until('the bucket of a checkpoint', ({ jobs }) =>
      jobs.some(({ egress }) => egress?.checkpoint?.bucket),
    );
    const served = await servePage({ link: watch.link, files: theatre.files });
    onTestFinished(() => served.close());
    const page = await theatre.browser.newPage({ locale: 'en-US', reducedMotion: 'reduce' });
    const complaints = complaintsOf(page);
    await page.goto(served.url);
    const card = page.getByRole('region', { name: 'Data out' });
    const checkpoint = card.getByText(/^checkpoint of 1\.4 TB .*to s3:\/\/sam-checkpoints$/);
    await checkpoint.waitFor();
    expect(await checkpoint.getAttribute('title')).toMatch(
      /; s3:\/\/sam-checkpoints took in that of .* in 16[67](\.\d)?K requests$/,
    );
    const requests = card.getByText(/requests, \$\d/);
    expect(await requests.getAttribute('title')).toContain('whoever asked: in no job’s cost');
    expect(await requests.textContent()).toContain('list');
    await card.getByText(/TB in, 0 B out this month/).waitFor();
    await looksRight(page, 'egress');
    expect(complaints).toEqual([]);
  },
);
