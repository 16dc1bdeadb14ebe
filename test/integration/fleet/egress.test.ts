import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatBytes } from '@burnrate/shared/model/egress_words.ts';
import { DAY, MINUTE } from '@burnrate/shared/model/time.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { senderTo } from './sender.ts';
import { jobNamed, scenarioFile, Watch } from './watch.ts';

/** What goes out beside checkpoints, in bytes a second; see test/fleet/traffic.ts. */
const STEADY = 400_000;

describe('what leaves the machines', () => {
  it('is counted, priced beside the rate, and told by checkpoints; by CloudWatch where no exporter tells', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-egress-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const machine = { type: 'p4d.24xlarge', launched: -600, owner: 'sam' };
    const training = { kind: 'training', level: 0.9 } as const;
    const scenario = scenarioFile(folder, {
      seed: 5,
      account: '482913570064',
      user: 'sam',
      machines: [
        {
          ...machine,
          name: 'sends',
          workload: { ...training, uploads: { gigabytes: 1400, everyMinutes: 20 } },
          exporter: { collectSeconds: 5 },
        },
        { ...machine, name: 'quiet', workload: training },
      ],
    });
    await using watch = await Watch.begin({ speed: 120, scenario });
    const told = await watch.until(
      'two checkpoints, and an alert of what they cost',
      (snapshot) => {
        const job = snapshot.jobs.find(({ name }) => name === 'sends');
        return (
          job?.egress?.checkpoint?.everyMs &&
          snapshot.alerts.some(({ rule, subject }) => rule === 'io' && subject === job.id)
        );
      },
    );
    const job = jobNamed(told, 'sends');
    const { checkpoint, total, totalCost } = job.egress ?? {};
    expect(checkpoint?.by).toBe('sent');
    // On a busy machine readings are far apart, in the fleet's time.
    expect((checkpoint?.everyMs ?? 0) / MINUTE).toBeGreaterThan(17);
    expect((checkpoint?.everyMs ?? 0) / MINUTE).toBeLessThan(23);
    expect((checkpoint?.bytes ?? 0) / 1.4e12).toBeGreaterThan(0.97);
    expect((checkpoint?.bytes ?? 0) / 1.4e12).toBeLessThan(1.03);
    // No bill has come yet: anything from nothing to the price of the internet.
    expect(totalCost).toMatchObject({ low: 0, unpriced: false });
    expect(totalCost).not.toHaveProperty('likely');
    const perByte = (totalCost?.high ?? 0) / 1e6 / (total?.sent ?? 0);
    expect(perByte).toBeGreaterThan(0.05 / 2 ** 30);
    expect(perByte).toBeLessThan(0.09 / 2 ** 30);
    // The rate is the machine's alone.
    const account = await watch.account();
    const truth = account.instances.find(({ name }) => name === 'sends');
    expect(job.rate.micros).toBe(truth?.microsPerHour);
    const alert = told.alerts.find(({ rule }) => rule === 'io');
    expect(alert?.title).toMatch(
      /^sends sends a checkpoint of 1\.4 TB every (1[7-9]|2[0-3]) min: up to \$[\d,.]+\/h egress$/,
    );
    expect(alert?.microsPerHour).toBe(0);
    const transfer = told.transfers?.find((one) => one.account === 'aws:demo');
    expect(transfer?.basis).toContain('list of egress prices');
    expect(transfer?.sentBytes).toBeGreaterThanOrEqual(total?.sent ?? 0);

    // Nobody but CloudWatch tells of the other one; what it tells are five minutes at a time.
    const late = await watch.until('what CloudWatch tells', ({ jobs }) => {
      return (jobs.find(({ name }) => name === 'quiet')?.egress?.total.sent ?? 0) > 0;
    });
    const quiet = jobNamed(late, 'quiet').egress;
    expect((quiet?.total.sent ?? 0) % (STEADY * 300)).toBe(0);
    expect(formatBytes(quiet?.total.received ?? 0)).toMatch(/GB$/);
    expect(quiet).not.toHaveProperty('checkpoint');

    const from = told.at - DAY;
    const { work } = await watch.link.request('costs', { from, to: late.at });
    expect(work?.[job.id]?.egress?.moved.sent).toBeGreaterThanOrEqual(total?.sent ?? 0);
  });

  it('is told with the bucket that took it in, by S3’s own count of its requests', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-bucket-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const scenario = scenarioFile(folder, senderTo('sam-checkpoints'));
    await using watch = await Watch.begin({ speed: 120, scenario });
    const told = await watch.until('the bucket of a checkpoint', ({ jobs }) => {
      return jobs.some(({ egress }) => egress?.checkpoint?.bucket);
    });
    const { checkpoint, totalCost } = jobNamed(told, 'sends').egress ?? {};
    const { name, puts = 0, cost } = checkpoint?.bucket ?? {};
    expect(name).toBe('s3://sam-checkpoints');
    // In parts of 8 MiB, at half a cent for a thousand; its last ones may not be counted yet.
    const parts = puts / (1.4e12 / 2 ** 23);
    expect(parts).toBeGreaterThan(0.87);
    expect(parts).toBeLessThan(1.05);
    expect(cost).toMatchObject({ micros: puts * 5, provenance: 'list' });
    // The range stays; within the region it is likely to have cost nothing but that.
    expect(checkpoint?.cost).toMatchObject({ low: 0, likely: 0 });
    expect(checkpoint?.cost?.high).toBeGreaterThan(20e6);
    expect(totalCost).not.toHaveProperty('likely');
    const transfer = told.transfers?.find(({ account }) => account === 'aws:demo');
    const bucket = transfer?.buckets?.[0];
    expect(bucket?.use.uploaded).toBeGreaterThan(1.2e12);
    expect(bucket?.cost?.micros).toBeGreaterThanOrEqual((cost?.micros ?? 0) * 0.9);
    // What asking for it costs is the account's own line.
    expect(told.accounts.find(({ id }) => id === 'aws:demo')?.spentToday).toBeGreaterThan(0);
  });
});
