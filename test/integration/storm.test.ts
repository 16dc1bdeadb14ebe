import { dueTogether } from '@burnrate/shared/alerts/gathering.ts';
import { announcementWords } from '@burnrate/shared/alerts/words.ts';
import { AlertLog } from '@burnrate/shared/collector/alert_log.ts';
import { Tick } from '@burnrate/shared/collector/tick.ts';
import { World } from '@burnrate/shared/collector/world.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import type { Sample } from '@burnrate/shared/model/sample.ts';
import { MINUTE, SECOND, systemClock } from '@burnrate/shared/model/time.ts';
import type { Observable } from '@burnrate/shared/sources/source.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import { expect, test } from 'vitest';
import { accountOf } from '../unit/collector/watch_over.ts';
import { jobOf, nodeOf, START } from '../unit/metering/given.ts';

const NODES = 1000;
const STEP = 5 * SECOND;
const WORK = 10 * MINUTE;

/** One reading of each node's GPU, by ten exporters that answer half a second apart. */
function readings(at: number, part: number, activity: number): Sample[] {
  return Array.from({ length: NODES / 10 }, (_, index) => ({
    at,
    node: `node-${part * (NODES / 10) + index}`,
    gpu: 'GPU-0',
    gpuIndex: 0,
    engineActive: activity,
    utilization: activity,
    power: 80 + 600 * activity,
    pcieTx: 1e6,
    pcieRx: 1e6,
  }));
}

test('a thousand nodes that fail at once are one notification within a minute, and ticks stay short', {
  timeout: 600_000,
}, () => {
  let now = START;
  const store = openStore(':memory:', { now: () => now }).store;
  const alerts = new AlertLog(store, defaultConfig);
  const tick = new Tick({
    store,
    clock: { ...systemClock, now: () => now },
    world: new World(),
    alerts,
    cadenceOf: () => MINUTE,
    refusal: () => undefined,
    accounts: () => [],
    stops: () => [],
    budgetOf: () => undefined,
  });
  const nodes = Array.from({ length: NODES }, (_, index) =>
    nodeOf({ id: `aws:dev:node-${index}`, name: `node-${index}`, aliases: [`node-${index}`] }),
  ).map((node) => ({
    ...node,
    gpus: { count: 1 },
    rate: { microsPerHour: 4e6, provenance: 'quoted' as const, basis: 'test', asOf: START },
  }));
  const jobs = nodes.map((node, index) =>
    jobOf({ id: `slurm:lab:${index}`, name: `job-${index}`, shares: [{ node: node.id, gpus: 1 }] }),
  );
  const take = (id: string, what: Observable, seen: object) =>
    tick.intake.take(accountOf(id), {
      what: new Set([what]),
      askedAt: now,
      observation: { at: now, ...seen },
      costMicros: 0,
    });

  const notifications: { at: number; title: string }[] = [];
  const ticks: number[] = [];
  const failedAt = START + WORK;
  for (; now < failedAt + 3 * MINUTE; now += STEP) {
    if ((now - START) % MINUTE === 0) {
      take('aws:dev', 'nodes', { nodes });
      take('slurm:lab', 'jobs', { jobs });
    }
    for (let part = 0; part < 10; part += 1) {
      const at = now - part * (SECOND / 2);
      take('dcgm:all', 'telemetry', { samples: readings(at, part, at < failedAt ? 0.95 : 0) });
    }
    const before = process.cpuUsage();
    tick.run();
    ticks.push(process.cpuUsage(before).user / 1000);
    for (const group of dueTogether(alerts.all(), now)) {
      alerts.claim(
        group.map(({ id }) => id),
        'test',
        now,
      );
      for (const { title } of announcementWords(group)) notifications.push({ at: now, title });
    }
  }
  expect(notifications).toHaveLength(1);
  expect(notifications[0]?.title).toMatch(/^1,000 alerts \(1,000 warning\): \$4,000\/h at stake/);
  expect(notifications[0]?.at).toBeGreaterThan(failedAt);
  expect((notifications[0]?.at ?? 0) - failedAt).toBeLessThanOrEqual(MINUTE);
  const longest = Math.max(...ticks.slice(2));
  const usual = ticks.toSorted((a, b) => a - b)[Math.floor(ticks.length / 2)] ?? 0;
  // Of the 5 s until the next one: a face's request waits for a tick that runs.
  expect(usual).toBeLessThan(STEP / 10);
  console.log(
    `notified after ${((notifications[0]?.at ?? 0) - failedAt) / 1000} s; a tick takes ${usual.toFixed(0)} ms of CPU, at most ${longest.toFixed(0)} ms`,
  );
});
