import type { Random } from './random.ts';
import type { Second, Trace } from './trace.ts';

/** What an exporter says of one GPU: means since it collected last, as DCGM's profiling fields. */
export interface Reading {
  gpu: number;
  utilization: number;
  engine: number;
  tensor: number;
  power: number;
  toHost: number;
  memory: number;
}

/** How often the exporter itself collects: `dcgm-exporter --collect-interval 5000`; its default is 30 s. */
const COLLECTS_EVERY_SECONDS = Number(process.env.BURNRATE_BENCH_COLLECT_SECONDS ?? 5);

/** An exporter that collects at its own pace, whenever it is asked. */
export class Exporter {
  readonly #trace: Trace;
  readonly #phase: number;

  constructor(trace: Trace, random: Random) {
    this.#trace = trace;
    this.#phase = Math.floor(random.between(0, COLLECTS_EVERY_SECONDS));
  }

  /** What it answers at a second; undefined where it does not. */
  ask(second: number): Reading[] | undefined {
    const collected = second - ((second - this.#phase) % COLLECTS_EVERY_SECONDS);
    const answers = this.#trace.gpus.map((gpu, index) => {
      if (!gpu[second]) return undefined;
      const from = Math.max(0, collected - COLLECTS_EVERY_SECONDS);
      const window = gpu.slice(from, collected).filter((one) => one !== undefined);
      return summary(index, window);
    });
    const there = answers.filter((answer) => answer !== undefined);
    return there.length > 0 ? there : undefined;
  }
}

function summary(gpu: number, window: readonly Second[]): Reading | undefined {
  const last = window.at(-1);
  if (!last) return undefined;
  const mean = (what: keyof Second) =>
    window.reduce((sum, second) => sum + second[what], 0) / window.length;
  return {
    gpu,
    utilization: last.utilization,
    engine: mean('engine'),
    tensor: mean('tensor'),
    power: last.power,
    toHost: mean('toHost'),
    memory: last.memory,
  };
}
