import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pathsFor } from '@burnrate/shared/config/paths.ts';
import { connectCollector } from '@burnrate/shared/protocol/client.ts';
import { LEAN_NODE_FLAGS } from '@burnrate/shared/protocol/launch.ts';
import { debianPackages } from '../debian.ts';
import type { Taken, Way } from './compressed.ts';
import type { Bench, Figure } from './figure.ts';
import { bundled } from './product.ts';
import { end, startPrometheus } from './prometheus.ts';
import { type Usage, usageOf } from './usage.ts';

const ENDPOINTS = Number(process.env.BURNRATE_BENCH_ENDPOINTS ?? 1000);
/** Of them as many are enough to tell what compression takes. */
const COMPARED = 100;
const EVERY_S = 15;
const SETTLES_MS = 45_000;
const SWEEPS = 4;
/** Of what Debian's Prometheus takes for the same in the same run. */
const TARGET_CPU = 0.3;
const TARGET_MEMORY = 0.4;
/** Endpoints a minute that two cores must be enough for. */
const TARGET_A_MINUTE = 10_000;

/**
 * What a fleet's telemetry takes: a thousand exporters of eight GPUs, read each 15 s by the
 * collector as users run it, and by Prometheus at the same time. No account lists these machines:
 * the collector reads and checks all and keeps nothing, while Prometheus keeps every series. To
 * keep the eight readings of an exporter as well takes about a fifth more CPU.
 */
export const scrape: Bench = {
  name: 'scrape',
  async run(): Promise<Figure[]> {
    const missing = await debianPackages('prometheus');
    if (missing) throw new Error(`there is no Prometheus to compare with: ${missing}`);
    await using undo = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-scrape-'));
    undo.defer(() => rmSync(folder, { recursive: true, force: true }));
    const exporters = undo.adopt(program('many_exporters.ts', String(ENDPOINTS)), end);
    const targets = (await firstLine(exporters)) as string[];
    const compression = await compared(targets);
    const prometheus = undo.adopt(startPrometheus(folder, targets, EVERY_S), end);
    const collector = await startCollector(folder, targets);
    undo.defer(() => collector.close());

    await pause(SETTLES_MS);
    const pids = [collector.pid, prometheus.pid ?? 0] as const;
    const before = pids.map(usageOf);
    const most = before.map(({ residentBytes }) => residentBytes);
    const from = performance.now();
    while (performance.now() - from < SWEEPS * EVERY_S * 1000) {
      await pause(1000);
      for (const [index, pid] of pids.entries())
        most[index] = Math.max(most[index] ?? 0, usageOf(pid).residentBytes);
    }
    const [ours = 0, theirs = 0] = pids.map((pid, index) => spent(before[index], usageOf(pid)));
    const answered = await collector.answered();
    const scrapes = ENDPOINTS * SWEEPS;
    return [
      figure('exporters that answered', answered, 'count', ENDPOINTS, answered >= ENDPOINTS),
      figure('CPU a sweep', ours / SWEEPS, 's', EVERY_S, ours / SWEEPS < EVERY_S),
      below('CPU, against Prometheus', ours / theirs, 'ratio', TARGET_CPU),
      below('memory, against Prometheus', (most[0] ?? 0) / (most[1] ?? 1), 'ratio', TARGET_MEMORY),
      below('resident memory at most', (most[0] ?? 0) / 1e6, 'MB', 400),
      figure(
        'endpoints a minute on two cores',
        Math.round((120 * scrapes) / ours),
        'count',
        TARGET_A_MINUTE,
        (120 * scrapes) / ours >= TARGET_A_MINUTE,
      ),
      ...compression,
    ];
  },
};

/**
 * What each reading takes in gzip, against plain: the same exporters, in turns. They are asked for
 * no compression, and that holds as long as gzip takes more CPU, unpacked in whichever way.
 */
async function compared(targets: readonly string[]): Promise<Figure[]> {
  const some = JSON.stringify(targets.slice(0, COMPARED));
  const child = program('compressed.ts', some);
  const { plain, gzip, atOnce } = (await firstLine(child)) as Record<Way, Taken>;
  const cpu = Math.min(gzip.cpuMs, atOnce.cpuMs) / plain.cpuMs;
  return [
    figure('CPU a plain reading', plain.cpuMs, 'ms', 1, plain.cpuMs < 1),
    figure('CPU in gzip, against plain', cpu, 'ratio', 1, cpu >= 1),
    figure('the same as a stream', gzip.cpuMs / plain.cpuMs, 'ratio', 1, gzip.cpuMs > plain.cpuMs),
    figure('bytes a plain reading', plain.bytes, 'B', 200_000, plain.bytes < 200_000),
    below('bytes in gzip, against plain', gzip.bytes / plain.bytes, 'ratio', 1),
  ];
}

/** The line of JSON that a program prints. Rejects where it ends without one. */
async function firstLine(child: ChildProcess): Promise<unknown> {
  if (!child.stdout) throw new Error('it prints nowhere');
  for await (const line of createInterface(child.stdout)) return JSON.parse(line);
  throw new Error('a program of the bench ended without a word');
}

function spent(before: Usage | undefined, after: Usage): number {
  return after.cpuSeconds - (before?.cpuSeconds ?? 0);
}

function program(name: string, ...args: string[]): ChildProcess {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function startCollector(folder: string, endpoints: readonly string[]) {
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  const env = { BURNRATE_HOME: home, BURNRATE_SOURCES: 'dcgm' };
  const paths = pathsFor({ ...process.env, ...env });
  const config = {
    cadence: { telemetrySeconds: EVERY_S },
    sources: { dcgm: { endpoints } },
  };
  writeFileSync(paths.config, JSON.stringify(config));
  const link = await connectCollector({
    hello: { face: 'cli', version: '0.1.0', notifies: false },
    paths,
    launch: {
      command: process.execPath,
      args: [...LEAN_NODE_FLAGS, bundled('collector.mjs')],
      env,
    },
  });
  return {
    pid: link.welcome.pid,
    /** How many exporters the doctor finds well. */
    async answered(): Promise<number> {
      const { accounts } = await link.request('doctor', {});
      const message = accounts.flatMap(({ checks }) => checks)[0]?.message ?? '';
      return Number((/^([\d,]+) of/.exec(message)?.[1] ?? '0').replaceAll(',', ''));
    },
    async close() {
      await link.request('retire', { reason: 'the bench is over' });
      await link.close();
    },
  };
}

function below(what: string, value: number, unit: string, target: number): Figure {
  return figure(what, value, unit, target, value <= target);
}

function figure(what: string, value: number, unit: string, target: number, holds: boolean): Figure {
  return { name: `scrape: ${what}`, value: Math.round(value * 1000) / 1000, unit, target, holds };
}
