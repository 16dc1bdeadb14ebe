import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startDemo } from '@burnrate/shared/cli/demo.ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isAlive } from '../../unit/collector/live.ts';
import { Watch } from './watch.ts';

const FLEET = fileURLToPath(new URL('../../fleet/main.ts', import.meta.url));

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the demo', () => {
  it('watches the simulated fleet alone, whatever accounts the user has', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAREALREALREALREAL');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'real');
    vi.stubEnv('AWS_PROFILE', 'work');
    vi.stubEnv('AWS_ENDPOINT_URL_EC2', 'http://127.0.0.1:9');
    for (const key of ['LAMBDA_API_KEY', 'RUNPOD_API_KEY', 'VAST_API_KEY', 'SLURM_JWT'])
      vi.stubEnv(key, 'real');
    vi.stubEnv('AZURE_TENANT_ID', 'real');
    vi.stubEnv('AZURE_CLIENT_ID', 'real');
    vi.stubEnv('AZURE_CLIENT_SECRET', 'real');
    // The fleet is on this machine: nothing of it is asked of a proxy.
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
    vi.stubEnv('KUBECONFIG', '/nonexistent/kubeconfig');
    await using watch = await Watch.begin({ speed: 30 });
    const snapshot = await watch.until('its sixteen jobs', ({ jobs }) => jobs.length === 16);
    expect(snapshot.accounts.map(({ id }) => id).sort()).toEqual([
      'aws:demo',
      'azure:4c1f0a52-7d3b-4e0c-9a61-2b8f5d6e7a90',
      'dcgm:exporters',
      'gcp:vision-lab',
      'kubernetes:research',
      'lambda:default',
      'runpod:default',
      'skypilot:local',
      'slurm:campus',
      'vast:default',
    ]);
    expect(snapshot.mode).toBe('demo');
    expect(snapshot.speed).toBe(30);
    expect(snapshot.notices).toEqual([]);
    // What is left behind from earlier work, and is ours: the dearest first.
    const { leftovers } = await watch.until(
      'what is left behind',
      (one) => one.leftovers?.length === 2,
    );
    expect(leftovers?.map(({ name, rate }) => [name, rate?.microsPerHour])).toEqual([
      // 2,000 GB at $0.08 a month, of 730 hours.
      ['old-checkpoints', 219_178],
      ['198.51.100.23', 5_000],
    ]);
    const { looked, accounts } = await watch.link.request('doctor', {});
    expect(looked.map(({ source }) => source)).not.toContain('local');
    const azure = accounts.find(({ account }) => account.startsWith('azure:'))?.checks ?? [];
    expect(azure.length).toBeGreaterThan(1);
    expect(azure.filter(({ ok }) => !ok)).toEqual([]);
    // What has an account can be done, or it is said how.
    for (const check of accounts.flatMap(({ checks }) => checks))
      expect(check.ok ? '' : check.remedy).toBeDefined();
  });

  it('leaves nothing behind when it is stopped', async () => {
    const watch = await Watch.begin({ speed: 30 });
    const { pid } = watch.link.welcome;
    const { env, fleet } = watch.demo;
    await watch[Symbol.asyncDispose]();
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(env.BURNRATE_HOME ?? '')).toBe(false);
    await expect(fetch(fleet.account)).rejects.toThrow('fetch failed');
  });

  it('removes what a demo that was killed has left behind, a day later', async () => {
    const old = mkdtempSync(join(tmpdir(), 'burnrate-demo-'));
    const fresh = mkdtempSync(join(tmpdir(), 'burnrate-demo-'));
    const longAgo = new Date(Date.now() - 25 * 60 * 60_000);
    utimesSync(old, longAgo, longAgo);
    const demo = await startDemo();
    await demo.stop();
    expect(existsSync(old)).toBe(false);
    expect(existsSync(fresh)).toBe(true);
    rmSync(fresh, { recursive: true });
  });

  it('does not run into midnight, whenever it is begun', async () => {
    for (const hour of [0, 4, 11, 17, 23]) {
      vi.useFakeTimers({ toFake: ['Date'] });
      vi.setSystemTime(new Date(2026, 2, 9, hour, 59));
      try {
        const demo = await startDemo();
        const { origin } = JSON.parse(demo.env.BURNRATE_CLOCK ?? '');
        await demo.stop();
        const begins = new Date(origin);
        expect(begins.getDate()).toBe(9);
        expect(begins.getHours()).toBeGreaterThanOrEqual(9);
        expect(begins.getHours()).toBeLessThanOrEqual(16);
      } finally {
        vi.useRealTimers();
      }
    }
  });

  it('says what is wrong where its fleet cannot start', async () => {
    await expect(startDemo({ scenario: '/nowhere/scenario.json' })).rejects.toThrow(
      /simulated fleet did not start: it ended with code 1/,
    );
  });
});

describe("the fleet's process", () => {
  it('ends when the one who started it is gone', async () => {
    const fleet = spawn(process.execPath, [FLEET], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: fleet.stdout }), 'line');
    const { account } = JSON.parse(String(line));
    expect((await fetch(account)).ok).toBe(true);
    // The system closes a dead process's pipes.
    fleet.stdin.destroy();
    const [code] = await once(fleet, 'exit');
    expect(code).toBe(0);
  });
});
