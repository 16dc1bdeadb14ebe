import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertLog } from '@burnrate/shared/collector/alert_log.ts';
import { historyOf } from '@burnrate/shared/collector/history.ts';
import { Sums } from '@burnrate/shared/collector/sums.ts';
import { Tick } from '@burnrate/shared/collector/tick.ts';
import { World } from '@burnrate/shared/collector/world.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import { DAY, type Instant, MINUTE, systemClock } from '@burnrate/shared/model/time.ts';
import { historyQuery, RANGES } from '@burnrate/shared/panel/chart_data.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import type { Bench, Figure } from './figure.ts';
import { fill, writeTick } from './store_filled.ts';
import { GPUS } from './store_history.ts';

/** Jobs of eight GPUs each: a person, a group, and the hundred. */
const SIZES = (process.env.BURNRATE_BENCH_JOBS ?? '1,10,100').split(',').map(Number);
const DAYS = 90;
/** Ticks that are written through the store once it is full; each is followed by the questions. */
const TICKS = 60;
/** A Monday: any day will do, so long as it is the same each time. */
const FROM: Instant = Date.UTC(2026, 7, 24);
const NOW = FROM + DAYS * DAY;

/** What one size of ledger came to. Times are of CPU, in milliseconds. */
interface Found {
  bytesARow: number;
  commits: number[];
  sums: number[];
  history: { label: string; first: number; times: number[] }[];
  starts: number[];
}

/**
 * 90 days of jobs at a reading and a charge a minute: as the collector leaves them, minutes of the
 * last two weeks and hours before. Then a collector starts, and an hour of ticks goes by, with a
 * page open that asks for each of its charts once a minute.
 */
export const store: Bench = {
  name: 'store',
  async run(): Promise<Figure[]> {
    const all = new Map<number, Found>();
    for (const jobs of SIZES) all.set(jobs, measured(jobs));
    return [...all].flatMap(([jobs, found]) => figures(jobs, found)).concat(growth(all));
  },
};

function measured(jobs: number): Found {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-bench-'));
  const path = join(folder, 'burnrate.db');
  try {
    fill(path, jobs, FROM, NOW);
    const rows = jobs * GPUS * (DAYS * 24 + defaultConfig.retention.minuteDays * 23 * 60);
    const bytesARow = statSync(path).size / rows;
    settle(path);
    const starts = Array.from({ length: 5 }, () => startUp(path));
    return { bytesARow, starts, ...hour(path, jobs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What was filled in past the store is packed, as of a collector that runs all the time. */
function settle(path: string): void {
  let now = NOW - 15 * MINUTE;
  const { store: kept } = openStore(path, { now: () => now });
  for (; now <= NOW; now += MINUTE) kept.tick(() => kept.compact(now));
  kept.close();
}

/** An hour of ticks, and what each snapshot and each chart of the page asks for after each. */
function hour(path: string, jobs: number): Omit<Found, 'bytesARow' | 'starts'> {
  let now = NOW;
  const { store: kept } = openStore(path, { now: () => now });
  const sums = new Sums(kept);
  sums.refresh(now, undefined);
  const history = RANGES.map((range) => {
    const draw = () => historyOf(kept, historyQuery(range, now), (id) => id);
    return { label: range.label, draw, first: 0, times: [] as number[] };
  });
  for (const one of history) one.first = cpuOf(one.draw);
  const commits: number[] = [];
  const summed: number[] = [];
  for (let tick = 0; tick < TICKS; tick += 1) {
    const from = now;
    now += MINUTE;
    commits.push(cpuOf(() => writeTick(kept, jobs, from, now)));
    summed.push(cpuOf(() => sums.refresh(now, from)));
    for (const { draw, times } of history) times.push(cpuOf(draw));
  }
  kept.close();
  return { commits, sums: summed, history };
}

/** From nothing to the first figures: the store is opened, and the collector's state restored. */
function startUp(path: string): number {
  return cpuOf(() => {
    const { store: opened } = openStore(path, { now: () => NOW });
    const tick = new Tick({
      store: opened,
      clock: { ...systemClock, now: () => NOW },
      world: new World(),
      alerts: new AlertLog(opened, defaultConfig),
      cadenceOf: () => MINUTE,
      refusal: () => undefined,
      accounts: () => [],
      stops: () => [],
      budgetOf: () => undefined,
    });
    tick.restore();
    opened.close();
  });
}

/** Milliseconds of CPU, which a busy machine does not make longer. */
function cpuOf(work: () => unknown): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

function figures(jobs: number, found: Found): Figure[] {
  const named = (name: string) => `store of ${jobs} jobs: ${name}`;
  const slowestFirst = Math.max(...found.history.map(({ first }) => first));
  return [
    figure(named('bytes on disk for each row of samples'), found.bytesARow, 'B', 200),
    figure(named('commit of a tick, p95'), percentile(found.commits, 0.95), 'ms', 50),
    figure(named('sums of a snapshot, p95'), percentile(found.sums, 0.95), 'ms', 20),
    ...found.history.map(({ label, times }) =>
      figure(named(`history of ${label}, p95`), percentile(times, 0.95), 'ms', 20),
    ),
    figure(named('slowest chart right after a start'), slowestFirst, 'ms', 100),
    figure(named('start-up, median'), percentile(found.starts, 0.5), 'ms', 300),
  ];
}

/**
 * Of many jobs a row takes a tenth more than of one: their pages are split where they grow (10 %
 * unused, not 3), and their keys take two bytes.
 */
const BYTES_GROW = 1.15;

/** How the commit and the slowest chart grow with the jobs: not faster than they do. */
function growth(all: ReadonlyMap<number, Found>): Figure[] {
  const [[fewest, least] = [], ...more] = [...all].sort(([a], [b]) => a - b);
  if (!fewest || !least) return [];
  return more.flatMap(([jobs, found]) => {
    const times = jobs / fewest;
    const ratio = (of: (found: Found) => number) => of(found) / of(least);
    return [
      figure(
        `store, ${times}x the jobs: bytes`,
        ratio((f) => f.bytesARow) * times,
        'x',
        BYTES_GROW * times,
      ),
      figure(`store, ${times}x the jobs: commit`, ratio(commitOf), 'x', times),
      figure(`store, ${times}x the jobs: slowest chart`, ratio(chartOf), 'x', times),
    ];
  });
}

const commitOf = ({ commits }: Found) => percentile(commits, 0.5);
const chartOf = ({ history }: Found) =>
  Math.max(...history.map(({ times }) => percentile(times, 0.5)));

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function figure(name: string, value: number, unit: string, target: number): Figure {
  return { name, value: Math.round(value * 10) / 10, unit, target, holds: value <= target };
}
