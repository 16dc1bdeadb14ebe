import { setTimeout as pause } from 'node:timers/promises';
import { accrued } from '@burnrate/shared/model/money.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { clockAt, Home, kill, snapshotWhere } from './live.ts';

const PER_HOUR = 32_000_000;

test.skipIf(process.platform === 'win32')(
  'a collector that slept for hours has charged every one of them when it wakes',
  async () => {
    // A second is an hour here, and a stopped process is as good as a sleeping laptop.
    await using home = new Home(clockAt(3600));
    const folder = home.folder('a');
    home.configure({
      sources: { processes: { folders: [folder], pricePerHour: PER_HOUR / 1e6 } },
      cadence: { accountsSeconds: 1200, telemetrySeconds: 600 },
    });
    const { id } = home.job(folder, { name: 'train' });
    const link = await home.connect();
    const before = await snapshotWhere(link, 'a metered job', ({ jobs }) =>
      jobs.some((job) => job.id === id && job.total.micros > 0),
    );
    kill(link.welcome.pid, 'SIGSTOP');
    await pause(3000);
    kill(link.welcome.pid, 'SIGCONT');
    const woken = before.at + 3 * HOUR;
    const after = await snapshotWhere(
      link,
      'a tick after waking',
      ({ at, jobs }) => at > woken + HOUR && jobs[0]?.total.uncertain === false,
    );
    const charged = after.jobs[0]?.total.micros ?? 0;
    // The launch vouches for all of it, but for what has passed since the last answer.
    expect(charged).toBeGreaterThanOrEqual(accrued(PER_HOUR, home.launchedAt, woken));
    expect(charged).toBeLessThanOrEqual(accrued(PER_HOUR, home.launchedAt, after.at));
    expect(after.jobs[0]).toMatchObject({ state: 'running', rate: { micros: PER_HOUR } });
    expect(home.log()).not.toMatch(/ error /);
  },
);
