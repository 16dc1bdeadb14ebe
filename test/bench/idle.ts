import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { debianPackages } from '../debian.ts';
import type { ScenarioInput } from '../fleet/scenario.ts';
import type { Bench, Figure } from './figure.ts';
import { stage } from './product.ts';
import { end, startPrometheus } from './prometheus.ts';
import { sleepsOf, usageOf } from './usage.ts';

/** For how long it is watched, 10 by hand. */
const MINUTES = Number(process.env.BURNRATE_BENCH_MINUTES ?? 3);
/** Until it is at rest: it has learned the rhythm of exporters when they have collected five times. */
const SETTLES_MS = 150_000;
const SAMPLE_MS = 5_000;
const TARGET_CORE_PERCENT = 0.3;
/** Of what Prometheus takes for the exporters alone, read as often: here some 0.2 % of a core. */
const TARGET_CPU = 1.25;
const EVERY_S = 5;
const TARGET_MB = 90;
/** Telemetry of five exporters, a tick now and then, the cloud each minute: some 40. A timer of a second would be 60 more. */
const TARGET_WAKE_UPS = 80;

/** Five machines, three jobs: one that spans three of them, and two of one machine each. */
const scenario: ScenarioInput = {
  seed: 5,
  account: '482913570064',
  user: 'sam',
  machines: [
    ...Array.from({ length: 3 }, (_, index) => ({
      name: `pretrain-${index}`,
      type: 'p4d.24xlarge',
      launched: -200,
      owner: 'sam',
      tags: { 'burnrate:job': 'pretrain' },
      workload: { kind: 'training' as const, level: 0.92 },
    })),
    {
      name: 'rerank-sweep',
      type: 'g6.12xlarge',
      region: 'us-west-2',
      market: 'spot',
      launched: -90,
      owner: 'sam',
      workload: { kind: 'training', level: 0.86 },
    },
    {
      name: 'embeddings-api',
      type: 'g5.2xlarge',
      launched: -3000,
      owner: 'sam',
      workload: { kind: 'service', level: 0.78 },
    },
  ],
};

/**
 * What the collector takes while nothing happens, as users run it: the bundle, real time, default
 * cadences, one face connected; and, at the same time, a Prometheus that reads the same exporters
 * as often and does nothing else: what a core can do while it is mostly at rest differs from
 * machine to machine. The most memory that any look at it found counts.
 */
export const idle: Bench = {
  name: 'idle',
  async run(): Promise<Figure[]> {
    const missing = await debianPackages('prometheus');
    if (missing) throw new Error(`there is no Prometheus to compare with: ${missing}`);
    await using undo = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-idle-'));
    undo.defer(() => rmSync(folder, { recursive: true, force: true }));
    const { link, demo, close } = await stage(scenario);
    undo.defer(close);
    const targets = demo.fleet.exporters.map((url) => new URL(url).host);
    const prometheus = undo.adopt(startPrometheus(folder, targets, EVERY_S), end);
    const { pid } = link.welcome;
    await pause(SETTLES_MS);
    const { nodes, jobs } = await link.request('snapshot', {});
    if (nodes.length !== 5 || jobs.length !== 3) {
      throw new Error(`the collector sees ${nodes.length} nodes and ${jobs.length} jobs`);
    }
    const pids = [pid, prometheus.pid ?? 0] as const;
    const before = pids.map(usageOf);
    const slept = sleepsOf(pid);
    const start = performance.now();
    let most = 0;
    while (performance.now() - start < MINUTES * 60_000) {
      await pause(SAMPLE_MS);
      most = Math.max(most, usageOf(pid).residentBytes);
    }
    const seconds = (performance.now() - start) / 1000;
    const [ours = 0, theirs = 0] = pids.map(
      (one, index) => usageOf(one).cpuSeconds - (before[index]?.cpuSeconds ?? 0),
    );
    const sleeps = slept === undefined ? [] : [((sleepsOf(pid) ?? 0) - slept) / (seconds / 60)];
    return [
      ...sleeps.map((count) => figure('wake-ups a minute', count, 'count', TARGET_WAKE_UPS)),
      figure('CPU of one core', (100 * ours) / seconds, '%', TARGET_CORE_PERCENT),
      figure('CPU, against Prometheus', ours / theirs, 'ratio', TARGET_CPU),
      figure('resident memory at most', most / 1e6, 'MB', TARGET_MB),
    ];
  },
};

function figure(what: string, value: number, unit: string, target: number): Figure {
  const rounded = Math.round(value * 100) / 100;
  return { name: `idle: ${what}`, value: rounded, unit, target, holds: rounded < target };
}
