import type { Job } from '../../model/job.ts';
import type { Sample } from '../../model/sample.ts';
import { type Clock, MINUTE } from '../../model/time.ts';
import { SourceError } from '../source.ts';
import type { Api } from './api.ts';
import { type CpuPod, cpuPodsOf, readCpus, USAGE } from './cpus.ts';
import { type Exporter, PROXY, readExporter } from './exporters.ts';
import { Kept } from './kept.ts';
import { isAllowed, nameOf, type Right } from './rights.ts';

/** How long it is remembered whether exporters may be asked. */
const KEEP_MS = 10 * MINUTE;

/** What exporters told of GPUs, and how many of them are in sight. */
export interface Told {
  exporters: number;
  /** Whether any of them may be asked by way of the API server. */
  allowed: boolean;
  samples: Sample[];
  failures: SourceError[];
  cpus: CpusTold;
}

/** What the cluster told of the cores that pods without GPUs hold. */
export interface CpusTold {
  pods: number;
  /** Whether the cluster has `metrics.k8s.io` at all. */
  served: boolean;
  allowed: boolean;
  samples: Sample[];
}

/**
 * How busy the GPUs of my jobs' nodes are, by the exporters there: none of others' nodes, of which
 * a cluster may have thousands; and the cores of my jobs without GPUs, by the cluster itself.
 * Nothing where we may not ask.
 */
export class Telemetry {
  readonly #api: Api;
  readonly #clock: Clock;
  readonly #kept: Kept;
  #exporters: readonly Exporter[] | undefined;
  /** The nodes that jobs of mine hold. */
  #held = new Set<string>();
  #cpuPods: readonly CpuPod[] = [];
  #servesUsage = false;

  constructor(api: Api, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
    this.#kept = new Kept(clock);
  }

  /** Whether it is known which exporters there are. */
  get ready(): boolean {
    return this.#exporters !== undefined;
  }

  /** Takes note of what was seen at the last reading of pods. */
  note(
    exporters: readonly Exporter[],
    jobs: readonly Job[],
    groups: ReadonlyMap<string, string>,
  ): void {
    this.#exporters = exporters;
    this.#servesUsage = groups.has(USAGE.group);
    const running = jobs.filter(({ mine, state }) => mine && state === 'running');
    this.#held = new Set(running.flatMap(({ shares }) => shares.map(({ node }) => node)));
    this.#cpuPods = cpuPodsOf(running);
  }

  /** What may be asked is asked anew. */
  forget(): void {
    this.#kept.clear();
  }

  async read(signal: AbortSignal): Promise<Told> {
    const exporters = this.#exporters ?? [];
    const may = await this.#allowing(PROXY, exporters, signal);
    const failures: SourceError[] = [];
    const context = { api: this.#api, now: this.#clock.now(), signal };
    const unlessFailed = (reading: Promise<Sample[]>) =>
      reading.catch((error: unknown) => {
        if (!(error instanceof SourceError)) throw error;
        failures.push(error);
        return [];
      });
    const [read, cpus] = await Promise.all([
      Promise.all(
        exporters
          .filter(({ node, namespace }) => this.#held.has(node) && may.has(namespace))
          .map((exporter) => unlessFailed(readExporter(exporter, context))),
      ),
      this.#readCpus(unlessFailed, signal),
    ]);
    const samples = read.flat();
    return { exporters: exporters.length, allowed: may.size > 0, samples, failures, cpus };
  }

  async #readCpus(
    unlessFailed: (reading: Promise<Sample[]>) => Promise<Sample[]>,
    signal: AbortSignal,
  ): Promise<CpusTold> {
    const pods = this.#cpuPods;
    const served = this.#servesUsage;
    const may = await this.#allowing(USAGE, served ? pods : [], signal);
    const byNamespace = Map.groupBy(pods, ({ namespace }) => namespace);
    const read = await Promise.all(
      [...byNamespace]
        .filter(([namespace]) => may.has(namespace))
        .map(([namespace, its]) =>
          unlessFailed(readCpus(its, namespace, { api: this.#api, signal })),
        ),
    );
    return { pods: pods.length, served, allowed: may.size > 0, samples: read.flat() };
  }

  /** Those of the namespaces in which the right is ours. */
  async #allowing(
    right: Right,
    places: readonly { namespace: string }[],
    signal: AbortSignal,
  ): Promise<Set<string>> {
    const namespaces = new Set(places.map(({ namespace }) => namespace));
    const asked = [...namespaces].map(async (namespace) => {
      const allowed = await this.#kept.get(`${nameOf(right)} ${namespace}`, KEEP_MS, () =>
        isAllowed(right, namespace, { api: this.#api, signal }),
      );
      return allowed ? [namespace] : [];
    });
    return new Set((await Promise.all(asked)).flat());
  }
}
