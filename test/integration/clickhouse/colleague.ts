import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IDLE } from '@burnrate/shared/model/charge.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { accrued } from '@burnrate/shared/model/money.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import { DAY, HOUR, type Instant, MINUTE } from '@burnrate/shared/model/time.ts';
import { Shipper } from '@burnrate/shared/store/clickhouse/shipper.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import Sqlite from 'better-sqlite3';
import type { Reached } from './server.ts';

/** A Thursday. */
export const START: Instant = Date.UTC(2026, 9, 29);
const PER_HOUR = 32_771_003;

/** Numbers that look like chance, and are the same each time. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface ColleagueOptions {
  machines?: number;
  /** What its machines are called: two who name the same ones see the same cluster. */
  cluster?: string;
  owner?: string;
  /** That of the machines' DNS names: two that share one are one. */
  domain?: string;
  path?: string;
  retention?: { minuteDays: number; hourDays: number };
}

/** One of a team: a ledger that meters some machines, and what sends it to the team's store. */
export class Colleague {
  readonly name: string;
  readonly path: string;
  now: Instant = START;
  readonly #folder: string;
  readonly #opened: ReturnType<typeof openStore>;
  readonly #nodes: Node[];
  readonly #jobs: Job[];
  readonly #random: () => number;
  readonly #shippers: Shipper[] = [];

  constructor(name: string, options: ColleagueOptions = {}) {
    const { machines = 3, cluster = name, owner = name, retention } = options;
    const domain = options.domain ?? `${cluster}.example`;
    this.name = name;
    this.#folder = mkdtempSync(join(tmpdir(), `burnrate-${name}-`));
    this.path = options.path ?? join(this.#folder, 'ledger.db');
    this.#opened = openStore(this.path, { now: () => this.now, ...(retention && { retention }) });
    this.now = this.store.meteredThrough(`slurm:${cluster}:gpu-0`) ?? START;
    this.#random = chance([...name].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7));
    this.#nodes = Array.from({ length: machines }, (_, index) =>
      nodeOf(cluster, index, name === owner, domain),
    );
    this.#jobs = Array.from({ length: machines * 2 }, (_, index) =>
      jobOf(cluster, index, owner, name === owner),
    );
  }

  get store() {
    return this.#opened.store;
  }

  get outbox() {
    return this.#opened.outbox;
  }

  /** Meters minutes: two jobs on each machine, the rest of it idle; now and then the past anew. */
  work(minutes: number, everyMs = MINUTE): void {
    for (let minute = 0; minute < minutes; minute += 1) {
      const from = this.now;
      this.now += everyMs;
      this.store.tick(() => {
        this.store.saveNodes(this.#nodes, this.now);
        this.store.saveJobs(this.#jobs, this.now);
        for (const node of this.#nodes) {
          const back = this.#random() < 0.05 ? Math.floor(this.#random() * 40) * MINUTE : 0;
          this.#meter(node, Math.max(START, this.store.seam(node.id, from - back)), this.now);
        }
      });
    }
  }

  /** A job holds a part of the first machine for so many minutes; the rest of it is idle. */
  hold(jobId: string, minutes: number, share: number): void {
    const [node] = this.#nodes;
    const [job] = this.#jobs;
    if (!node || !job) throw new Error('it has no machine');
    for (let minute = 0; minute < minutes; minute += 1) {
      const [from, to] = [this.now, this.now + MINUTE];
      this.now = to;
      const micros = accrued(PER_HOUR, from, to);
      const held = Math.floor(micros * share);
      const charge = { nodeId: node.id, from, to, kind: 'metered', provenance: 'list' } as const;
      this.store.tick(() => {
        this.store.saveNodes([node], to);
        this.store.saveJobs([{ ...job, id: jobId }], to);
        this.store.writeCharges(node.id, { from, to }, [
          { ...charge, jobId, micros: held, uncertain: false },
          { ...charge, jobId: IDLE, micros: micros - held, uncertain: false },
        ]);
      });
    }
  }

  /** Has a bill say something else of whole hours that are over. */
  bill(hours: number): void {
    for (const node of this.#nodes) {
      const list = Array.from({ length: hours }, (_, index) => ({
        hour: START / HOUR + index,
        micros: Math.floor(PER_HOUR * (0.6 + this.#random() / 2)),
        final: true,
      }));
      this.store.tick(() => this.store.bill(node.id, list));
    }
  }

  /** A shipper of this ledger; a second one of the same stands for a collector that was started again. */
  shipper(server: Reached, options: { restMs?: number } = {}): Shipper {
    this.outbox.follow(server.settings.url);
    const shipper = new Shipper({
      outbox: this.outbox,
      open: async () => server.open(),
      address: server.settings.url,
      name: `${this.name}@test`,
      burnrate: 'test',
      clock: { now: () => this.now },
      after: (delayMs, task) => {
        const timer = setTimeout(task, delayMs);
        return () => clearTimeout(timer);
      },
      ...options,
    });
    this.#shippers.push(shipper);
    return shipper;
  }

  /** Sends all there is; rejects where that fails. */
  async send(server: Reached): Promise<void> {
    const shipper = this.#shippers.at(-1) ?? this.shipper(server);
    await shipper.now();
    const { failure } = shipper.standing();
    if (failure) throw failure;
  }

  /** As after the end of the collector and its next start: what was known of the server is forgotten. */
  restart(): this {
    this.#shippers.length = 0;
    return this;
  }

  /** The numbers of changes begin anew, as in a copy of the ledger from before it was first sent. */
  forget(): void {
    const raw = new Sqlite(this.path);
    raw.exec("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'team_change'");
    raw.exec('UPDATE team_state SET told = 0, confirmed = 0');
    raw.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const shipper of this.#shippers) await shipper.close();
    this.store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #meter(node: Node, from: Instant, to: Instant): void {
    const share = 0.1 + 0.8 * this.#random();
    const provenance = this.#random() < 0.5 ? ('quoted' as const) : ('list' as const);
    const micros = accrued(PER_HOUR, from, to);
    const index = this.#nodes.indexOf(node);
    const held = Math.floor(micros * share);
    const charge = { nodeId: node.id, from, to, provenance, kind: 'metered' as const };
    this.store.writeCharges(node.id, { from, to }, [
      {
        ...charge,
        jobId: this.#jobs[2 * index]?.id ?? '',
        micros: held,
        uncertain: false,
        owner: this.name,
      },
      { ...charge, jobId: IDLE, micros: micros - held, uncertain: this.#random() < 0.1 },
    ]);
  }
}

function nodeOf(cluster: string, index: number, mine: boolean, domain: string): Node {
  return {
    id: `slurm:${cluster}:gpu-${index}`,
    source: 'slurm',
    account: `slurm:${cluster}`,
    name: `gpu-${index}`,
    aliases: [`gpu-${index}.${domain}`],
    gpus: { count: 8, model: 'H100' },
    state: 'running',
    billing: PER_SECOND,
    owner: cluster,
    mine,
    labels: { rack: "a 'quoted' \\ name" },
  };
}

function jobOf(cluster: string, index: number, owner: string, mine: boolean): Job {
  return {
    id: `slurm:${cluster}:${index}`,
    source: 'slurm',
    account: `slurm:${cluster}`,
    nativeId: String(index),
    name: `train-${index}`,
    owner,
    mine,
    level: 'scheduler',
    state: 'running',
    startedAt: START,
    shares: [],
    labels: { project: `project-${index % 3}` },
  };
}

/** The last instant of any of these ledgers, and a day before their first. */
export function spanOf(colleagues: readonly Colleague[]): { from: Instant; to: Instant } {
  return { from: START - DAY, to: Math.max(...colleagues.map(({ now }) => now)) };
}
