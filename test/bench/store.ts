import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertLog } from '@burnrate/shared/collector/alert_log.ts';
import { Sums } from '@burnrate/shared/collector/sums.ts';
import { Tick } from '@burnrate/shared/collector/tick.ts';
import { World } from '@burnrate/shared/collector/world.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import { DAY, HOUR, type Instant, MINUTE, systemClock } from '@burnrate/shared/model/time.ts';
import { historyQuery, RANGES } from '@burnrate/shared/panel/chart_data.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import type { Bench, Figure } from './figure.ts';
import { chargesOf, GPUS, jobsOf, nodesOf, readingsOf } from './store_history.ts';

const DAYS = 90;
const TIMES = 20;
/** A Monday: any day will do, so long as it is the same each time. */
const FROM: Instant = Date.UTC(2026, 7, 24);
const NOW = FROM + DAYS * DAY;

/**
 * 90 days of jobs on machines of 8 GPUs, written through the store as the collector writes them,
 * and compacted each hour as there. Jobs: 10, and 100 with `BURNRATE_BENCH_JOBS=100`, which takes
 * ten times as long. A reading and a charge a minute for the days that minutes are kept of; of the
 * days before, one an hour, of which compaction makes the same rows.
 */
export const store: Bench = {
  name: 'store',
  async run(): Promise<Figure[]> {
    const jobs = Number(process.env.BURNRATE_BENCH_JOBS ?? 10);
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-bench-'));
    const path = join(folder, 'burnrate.db');
    try {
      const commits = write(path, jobs);
      const rows = jobs * GPUS * (DAYS * 24 + defaultConfig.retention.minuteDays * 23 * 60);
      const asked = ask(path);
      const starts = Array.from({ length: 5 }, () => startUp(path));
      const named = (name: string) => `store of ${jobs} jobs: ${name}`;
      return [
        figure(
          named('bytes on disk for each row of samples'),
          statSync(path).size / rows,
          'B',
          200,
        ),
        figure(named('commit of a tick, p95'), percentile(commits, 0.95), 'ms', 50),
        figure(named('sums of a snapshot, p95'), percentile(asked.sums, 0.95), 'ms', 20),
        ...asked.history.map(({ label, times }) =>
          figure(named(`history of ${label}, p95`), percentile(times, 0.95), 'ms', 20),
        ),
        figure(named('start-up, median'), percentile(starts, 0.5), 'ms', 300),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Writes all of it, and answers how long the commits of the last day's ticks took. */
function write(path: string, count: number): number[] {
  let now = FROM;
  const { store: kept } = openStore(path, { now: () => now });
  const nodes = nodesOf(count, FROM);
  const jobs = jobsOf(count, FROM);
  const minutesFrom = NOW - defaultConfig.retention.minuteDays * DAY;
  const commits: number[] = [];
  kept.tick(() => {
    for (const { id } of nodes) {
      const rate = {
        microsPerHour: 32_000_000,
        provenance: 'quoted' as const,
        basis: '',
        asOf: now,
      };
      kept.saveRate({ nodeId: id, from: FROM, rate });
    }
  });
  while (now < NOW) {
    const step = now < minutesFrom ? HOUR : MINUTE;
    const began = process.cpuUsage();
    kept.tick(() => {
      kept.saveNodes(nodes, now);
      kept.saveJobs(jobs, now);
      kept.saveSamples(readingsOf(count, now));
      for (const [nodeId, charge] of chargesOf(count, now, now + step)) {
        kept.writeCharges(nodeId, { from: now, to: now + step }, [charge]);
      }
    });
    if (now >= NOW - DAY) commits.push(cpuSince(began));
    now += step;
    if (now % HOUR === 0) kept.compact(now);
  }
  kept.close();
  return commits;
}

/** What each snapshot and each chart of the page asks for. */
function ask(path: string) {
  const { store: kept } = openStore(path, { now: () => NOW });
  const sums = new Sums(kept);
  sums.refresh(NOW, undefined);
  const times = repeated(() => sums.refresh(NOW, undefined));
  const history = RANGES.map((range) => {
    const times = repeated(() => kept.history(historyQuery(range, NOW)));
    return { label: range.label, times };
  });
  kept.close();
  return { sums: times, history };
}

/** From nothing to the first figures: the store is opened, and the collector's state restored. */
function startUp(path: string): number {
  const began = process.cpuUsage();
  const opened: { store: Store } = openStore(path, { now: () => NOW });
  const tick = new Tick({
    store: opened.store,
    clock: { ...systemClock, now: () => NOW },
    world: new World(),
    alerts: new AlertLog(opened.store, defaultConfig),
    cadenceOf: () => MINUTE,
    refusal: () => undefined,
    accounts: () => [],
    stops: () => [],
    budgetOf: () => undefined,
  });
  tick.restore();
  const took = cpuSince(began);
  opened.store.close();
  return took;
}

function repeated(work: () => unknown): number[] {
  return Array.from({ length: TIMES }, () => {
    const began = process.cpuUsage();
    work();
    return cpuSince(began);
  });
}

/** Milliseconds of CPU, which a busy machine does not make longer. */
function cpuSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function figure(name: string, value: number, unit: string, target: number): Figure {
  return { name, value: Math.round(value * 10) / 10, unit, target, holds: value <= target };
}
