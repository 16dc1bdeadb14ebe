import { setTimeout as pause } from 'node:timers/promises';
import type { ScenarioInput } from '../fleet/scenario.ts';
import type { Bench, Figure } from './figure.ts';
import { stage } from './product.ts';
import { sleepsOf, usageOf } from './usage.ts';

/** For how long it is watched, 10 by hand, and how long it is given to come to rest first. */
const MINUTES = Number(process.env.BURNRATE_BENCH_MINUTES ?? 3);
const SETTLES_MS = 60_000;
const SAMPLE_MS = 5_000;
const TARGET_CORE_PERCENT = 0.3;
const TARGET_MB = 90;
/** Telemetry each 15 s of each exporter, a tick, the cloud each minute: some 90. A timer of a second would be 60 more. */
const TARGET_WAKE_UPS = 140;

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
 * cadences, one face connected. The most memory that any look at it found counts.
 */
export const idle: Bench = {
  name: 'idle',
  async run(): Promise<Figure[]> {
    const { link, close } = await stage(scenario);
    try {
      const { pid } = link.welcome;
      await pause(SETTLES_MS);
      const { nodes, jobs } = await link.request('snapshot', {});
      if (nodes.length !== 5 || jobs.length !== 3) {
        throw new Error(`the collector sees ${nodes.length} nodes and ${jobs.length} jobs`);
      }
      const before = usageOf(pid);
      const slept = sleepsOf(pid);
      const start = performance.now();
      let most = before.residentBytes;
      while (performance.now() - start < MINUTES * 60_000) {
        await pause(SAMPLE_MS);
        most = Math.max(most, usageOf(pid).residentBytes);
      }
      const seconds = (performance.now() - start) / 1000;
      const percent = ((usageOf(pid).cpuSeconds - before.cpuSeconds) / seconds) * 100;
      const sleeps = slept === undefined ? [] : [((sleepsOf(pid) ?? 0) - slept) / (seconds / 60)];
      return [
        ...sleeps.map((count) => figure('wake-ups a minute', count, 'count', TARGET_WAKE_UPS)),
        figure('CPU of one core', percent, '%', TARGET_CORE_PERCENT),
        figure('resident memory at most', most / 1e6, 'MB', TARGET_MB),
      ];
    } finally {
      await close();
    }
  },
};

function figure(what: string, value: number, unit: string, target: number): Figure {
  const rounded = Math.round(value * 100) / 100;
  return { name: `idle: ${what}`, value: rounded, unit, target, holds: rounded < target };
}
