import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../fleet/scenario.ts';
import { scenarioFile, Watch } from './watch.ts';

const folder = mkdtempSync(join(tmpdir(), 'burnrate-broken-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What must not get through to a face: escapes, and marks that turn the text around. */
const HOSTILE = `<img src=x onerror=alert(1)>\u202e\u001b[31m$(reboot) ${'x'.repeat(10_000)}`;

function machine(name: string, answers: 'metrics' | 'html' | 'flood' | 'nothing') {
  return {
    name,
    type: 'g5.xlarge',
    launched: -30,
    owner: 'sam',
    workload: { kind: 'training' as const, level: 0.9 },
    exporter: { answers, collectSeconds: 10 },
  };
}

const scenario: ScenarioInput = {
  seed: 3,
  account: '482913570064',
  user: 'sam',
  machines: [
    machine('healthy', 'metrics'),
    machine(HOSTILE, 'metrics'),
    machine('behind-a-login', 'html'),
    machine('looping', 'flood'),
    machine('stuck', 'nothing'),
  ],
};

describe('broken exporters and a hostile name', () => {
  it('are said, and disturb nothing else', async () => {
    // Slow enough for a stuck exporter's seconds to be seconds.
    await using watch = await Watch.begin({ speed: 2, scenario: scenarioFile(folder, scenario) });
    const { link } = watch;
    const told = await watch.until(
      'readings of the healthy ones beside the failure of the others',
      ({ jobs, accounts }) =>
        jobs.filter(({ activity }) => activity !== undefined).length >= 2 &&
        accounts.some(({ source, failure }) => source === 'dcgm' && failure),
    );

    const healthy = told.jobs.find(({ name }) => name === 'healthy');
    const again = await watch.until('newer readings of the healthy one', ({ jobs }) =>
      jobs.some(
        (job) => job.id === healthy?.id && (job.activityAt ?? 0) > (healthy?.activityAt ?? 0),
      ),
    );
    // Five are priced and metered, whatever their exporters do.
    expect(again.jobs).toHaveLength(5);
    for (const job of again.jobs) expect(job.rate.micros).toBe(1_006_000);
    expect(again.accounts.find(({ source }) => source === 'aws')).toMatchObject({ state: 'ok' });
    const dcgm = again.accounts.find(({ source }) => source === 'dcgm');
    expect(dcgm?.state).toBe('stale');
    expect(dcgm?.failure?.message).toMatch(/3 of (the )?5/);
    expect(dcgm?.failure?.remedy).not.toBe('');
    // What has no readings is not said to be idle.
    const silent = again.jobs.filter(({ activity }) => activity === undefined);
    expect(silent.map(({ name }) => name).sort()).toEqual(['behind-a-login', 'looping', 'stuck']);
    expect(again.alerts).toEqual([]);

    const hostile = again.jobs.find(({ name }) => name.startsWith('<img'));
    expect(hostile?.name.length).toBeLessThanOrEqual(200);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
    expect(hostile?.name).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(hostile?.activity).toBeGreaterThan(0.3);

    const report = await link.request('doctor', {});
    const checks = report.accounts.flatMap((account) => account.checks);
    const failed = checks.filter(({ ok }) => !ok);
    expect(failed.length).toBeGreaterThan(0);
    for (const check of failed) expect(check.remedy).toBeTruthy();

    // The flood is of 500 MB, and a collector that runs from source takes some 200 by itself.
    if (process.platform === 'linux') expect(mostMemory(again.collector.pid)).toBeLessThan(350);
  });
});

/** The most that a process has ever held, in MiB. */
function mostMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
