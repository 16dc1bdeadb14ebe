import type { Interval } from '../model/time.ts';
import { DAY, HOUR, type Instant, MINUTE } from '../model/time.ts';
import type { Activity } from './activity.ts';
import type { Connection } from './connection.ts';
import type { Course } from './course.ts';
import type { StoredSample } from './store.ts';

/** The measures of a sample and their columns. */
const MEASURES = [
  ['utilization', 'utilization'],
  ['engineActive', 'engine_active'],
  ['tensorActive', 'tensor_active'],
  ['memoryUsed', 'memory_used'],
  ['memoryTotal', 'memory_total'],
  ['power', 'power'],
  ['pcieTx', 'pcie_tx'],
  ['pcieRx', 'pcie_rx'],
  ['nvlinkTx', 'nvlink_tx'],
  ['nvlinkRx', 'nvlink_rx'],
] as const;

const COLUMNS = MEASURES.map(([, column]) => column);
/** Extremes that a mean would hide. */
const LOWEST = ['utilization', 'engine_active'];
const HIGHEST = ['utilization', 'engine_active', 'memory_used', 'power'];
/** Rows as they were read have no width. */
const AS_READ = 0;
const STEPS = [AS_READ, MINUTE, HOUR, DAY];

/** Readings stay as they were read for so long; rules look back no further. */
const AS_READ_KEPT_MS = 2 * HOUR;

const INSERT = `INSERT OR REPLACE INTO sample
    (step_ms, at, node, gpu, job_set, gpu_index, origin, readings, ${COLUMNS.join(', ')})
  VALUES (${AS_READ}, ?, ?, ?, ?, ?, ?, 1, ${COLUMNS.map(() => '?').join(', ')})`;

type Row = Record<(typeof COLUMNS)[number], number | null> & {
  at: number;
  node: number;
  gpu: number;
  job_set: number;
  gpu_index: number | null;
  origin: number | null;
};

/** Telemetry: as read for two hours, then means and extremes by minute, hour, and day. */
export class Samples {
  readonly #connection: Connection;
  readonly #activity: Activity;
  readonly #course: Course;

  constructor(connection: Connection, activity: Activity, course: Course) {
    this.#connection = connection;
    this.#activity = activity;
    this.#course = course;
  }

  save(samples: readonly StoredSample[]): void {
    // The GPUs of a job share its set, and those of nobody's have one in common.
    const sets = new Map<string, number>();
    for (const sample of samples) {
      const jobs = sample.jobIds.join('\n');
      const set = sets.get(jobs) ?? this.#jobSet(sample.jobIds);
      sets.set(jobs, set);
      this.#connection.run(
        INSERT,
        sample.at,
        this.#connection.idOf(sample.nodeId),
        this.#connection.idOf(sample.gpu),
        set,
        sample.gpuIndex ?? null,
        this.#origin(sample),
        ...MEASURES.map(([measure]) => sample[measure] ?? null),
      );
    }
    const instants = new Set(samples.map(({ at }) => at));
    this.#activity.kept(instants);
    this.#course.kept(instants);
  }

  read(interval: Interval, filter: { jobId?: string; nodeId?: string } = {}): StoredSample[] {
    const node = filter.nodeId === undefined ? null : this.#connection.findId(filter.nodeId);
    const job = filter.jobId === undefined ? null : this.#connection.findId(filter.jobId);
    if (node === undefined || job === undefined) return [];
    const rows = this.#connection.all<Row>(
      `SELECT at, node, gpu, job_set, gpu_index, origin, ${COLUMNS.join(', ')} FROM sample
       WHERE step_ms IN (${STEPS.join(', ')}) AND at >= ?1 AND at < ?2
         AND (?3 IS NULL OR node = ?3)
         AND (?4 IS NULL OR job_set IN (SELECT job_set FROM job_set_member WHERE job = ?4))
       ORDER BY at, node, gpu`,
      interval.from,
      interval.to,
      node,
      job,
    );
    const jobsOf = onceEach((set) => JSON.parse(this.#connection.textOf(set)) as string[]);
    const originOf = onceEach(
      (id) => JSON.parse(this.#connection.textOf(id)) as Partial<StoredSample>,
    );
    return rows.map((row) => {
      const sample: StoredSample = {
        at: row.at,
        nodeId: this.#connection.textOf(row.node),
        jobIds: jobsOf(row.job_set),
        gpu: this.#connection.textOf(row.gpu),
      };
      if (row.gpu_index !== null) sample.gpuIndex = row.gpu_index;
      if (row.origin !== null) Object.assign(sample, originOf(row.origin));
      for (const [measure, column] of MEASURES) {
        const value = row[column];
        if (value !== null && value !== undefined) sample[measure] = value;
      }
      return sample;
    });
  }

  compact(now: Instant, minutesFrom: Instant, hoursFrom: Instant): void {
    this.#activity.compact(now, hoursFrom);
    this.#roll(AS_READ, MINUTE, now - AS_READ_KEPT_MS);
    this.#roll(MINUTE, HOUR, minutesFrom);
    this.#roll(HOUR, DAY, hoursFrom);
  }

  /** Merges rows older than the limit into wider ones; each counts by how many readings it holds. */
  #roll(fromStep: number, toStep: number, limit: Instant): void {
    const before = Math.floor(limit / toStep) * toStep;
    const means = COLUMNS.map(
      (c) => `sum(${c} * readings) / sum(CASE WHEN ${c} IS NOT NULL THEN readings END) AS ${c}`,
    );
    const lowest = LOWEST.map((c) => `min(coalesce(${c}_min, ${c})) AS ${c}_min`);
    const highest = HIGHEST.map((c) => `max(coalesce(${c}_max, ${c})) AS ${c}_max`);
    const columns = [
      ...COLUMNS,
      ...LOWEST.map((c) => `${c}_min`),
      ...HIGHEST.map((c) => `${c}_max`),
    ];
    const merge = [
      ...COLUMNS.map(
        (c) =>
          `${c} = coalesce((${c} * readings + excluded.${c} * excluded.readings)
                  / (readings + excluded.readings), ${c}, excluded.${c})`,
      ),
      ...LOWEST.map(
        (c) => `${c}_min = coalesce(min(${c}_min, excluded.${c}_min), ${c}_min, excluded.${c}_min)`,
      ),
      ...HIGHEST.map(
        (c) => `${c}_max = coalesce(max(${c}_max, excluded.${c}_max), ${c}_max, excluded.${c}_max)`,
      ),
      'readings = readings + excluded.readings',
    ];
    this.#connection.run(
      `INSERT INTO sample (step_ms, at, node, gpu, job_set, gpu_index, origin, readings,
         ${columns.join(', ')})
       SELECT ${toStep}, at / ${toStep} * ${toStep}, node, gpu, job_set, max(gpu_index), max(origin),
         sum(readings), ${[...means, ...lowest, ...highest].join(', ')}
       FROM sample WHERE step_ms = ${fromStep} AND at < ?
       GROUP BY at / ${toStep}, node, gpu, job_set
       ON CONFLICT DO UPDATE SET ${merge.join(', ')}`,
      before,
    );
    this.#connection.run(`DELETE FROM sample WHERE step_ms = ${fromStep} AND at < ?`, before);
  }

  /** One name for a set of jobs, whatever their order, and each job's way back to it. */
  #jobSet(jobIds: readonly string[]): number {
    const set = this.#connection.idOf(JSON.stringify([...new Set(jobIds)].sort()));
    for (const jobId of jobIds) {
      this.#connection.run(
        'INSERT OR IGNORE INTO job_set_member (job_set, job) VALUES (?, ?)',
        set,
        this.#connection.idOf(jobId),
      );
    }
    return set;
  }

  #origin(sample: StoredSample): number | null {
    const { model, slurmJob, pod, namespace, container } = sample;
    // JSON leaves out what is undefined.
    const text = JSON.stringify({ model, slurmJob, pod, namespace, container });
    return text === '{}' ? null : this.#connection.idOf(text);
  }
}

/** Many readings have the same jobs and the same origin: each is read once. */
function onceEach<T>(read: (id: number) => T): (id: number) => T {
  const known = new Map<number, T>();
  return (id) => {
    const value = known.get(id) ?? read(id);
    known.set(id, value);
    return value;
  };
}
