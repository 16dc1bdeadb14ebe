import { statSync } from 'node:fs';
import type { Paths } from '../../config/paths.ts';
import { counter, type Durations, type Family, gauge, Points } from './family.ts';

const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** How the collector itself fares: its ticks, its accounts' answers, its files and its memory. */
export class Pulse {
  readonly #paths: Pick<Paths, 'database' | 'bills'>;
  readonly #counts: number[] = Array.from({ length: BOUNDS.length + 1 }, () => 0);
  readonly #answers = new Map<string, { ok: number; failed: number }>();
  #sum = 0;
  #lost = 0;

  constructor(paths: Pick<Paths, 'database' | 'bills'>) {
    this.#paths = paths;
  }

  /** Ticks so far. */
  get ticks(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  ticked(tookMs: number, kept: boolean): void {
    const seconds = tookMs / 1000;
    const index = BOUNDS.findIndex((bound) => seconds <= bound);
    const step = index < 0 ? BOUNDS.length : index;
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#sum += seconds;
    if (!kept) this.#lost += 1;
  }

  heard(account: string, failed: boolean): void {
    const counts = this.#answers.get(account) ?? { ok: 0, failed: 0 };
    counts[failed ? 'failed' : 'ok'] += 1;
    this.#answers.set(account, counts);
  }

  families(): Family[] {
    const durations: Durations = { bounds: BOUNDS, counts: [...this.#counts], sum: this.#sum };
    const answers = new Points();
    for (const [account, { ok, failed }] of this.#answers) {
      answers.add({ account, result: 'ok' }, ok).add({ account, result: 'failed' }, failed);
    }
    return [
      {
        name: 'burnrate_tick_duration_seconds',
        help: 'How long it takes to store, meter and judge what has come in.',
        unit: 's',
        kind: 'histogram',
        durations,
      },
      counter(
        'burnrate_ticks_failed_total',
        '{tick}',
        'Ticks that the store could not keep; they are tried again.',
        new Points().add({}, this.#lost),
      ),
      counter('burnrate_account_answers_total', '{answer}', 'Readings of each account.', answers),
      gauge('burnrate_store_bytes', 'By', 'Size of the collector’s own files.', this.#sizes()),
      ...processFamilies(),
    ];
  }

  /** With the write-ahead log of each. A store elsewhere has no file here, and no size. */
  #sizes(): Points {
    const points = new Points();
    for (const [store, path] of [
      ['ledger', this.#paths.database],
      ['bills', this.#paths.bills],
    ] as const) {
      for (const file of [path, `${path}-wal`]) {
        const size = statSync(file, { throwIfNoEntry: false })?.size;
        if (size !== undefined) points.add({ store }, size);
      }
    }
    return points;
  }
}

/** Under the names that every client library of Prometheus gives them. */
function processFamilies(): Family[] {
  const { user, system } = process.cpuUsage();
  const one = (value: number) => new Points().add({}, value);
  return [
    counter(
      'process_cpu_seconds_total',
      's',
      'Processor time of this process.',
      one((user + system) / 1e6),
    ),
    gauge(
      'process_resident_memory_bytes',
      'By',
      'Memory of this process.',
      one(process.memoryUsage.rss()),
    ),
    gauge(
      'process_start_time_seconds',
      's',
      'When this process began.',
      one(Date.now() / 1000 - process.uptime()),
    ),
  ];
}
