import type { Job } from '../../model/job.ts';
import type { Sample } from '../../model/sample.ts';
import { type Clock, MINUTE } from '../../model/time.ts';
import { SourceError } from '../source.ts';
import type { Api } from './api.ts';
import { type Exporter, PROXY, readExporter } from './exporters.ts';
import { Kept } from './kept.ts';
import { isAllowed } from './rights.ts';

/** How long it is remembered whether exporters may be asked. */
const KEEP_MS = 10 * MINUTE;

/** What exporters told, and how many of them are in sight. */
export interface Told {
  exporters: number;
  /** Whether any of them may be asked by way of the API server. */
  allowed: boolean;
  samples: Sample[];
  failures: SourceError[];
}

/**
 * How busy the GPUs of my jobs' nodes are, by the exporters there: none of others' nodes, of which
 * a cluster may have thousands. Nothing where we may not ask them.
 */
export class Telemetry {
  readonly #api: Api;
  readonly #clock: Clock;
  readonly #kept: Kept;
  #exporters: readonly Exporter[] | undefined;
  /** The nodes that jobs of mine hold. */
  #held = new Set<string>();

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
  note(exporters: readonly Exporter[], jobs: readonly Job[]): void {
    this.#exporters = exporters;
    const running = jobs.filter(({ mine, state }) => mine && state === 'running');
    this.#held = new Set(running.flatMap(({ shares }) => shares.map(({ node }) => node)));
  }

  /** What may be asked is asked anew. */
  forget(): void {
    this.#kept.clear();
  }

  async read(signal: AbortSignal): Promise<Told> {
    const exporters = this.#exporters ?? [];
    const may = await this.#mayRead(new Set(exporters.map(({ namespace }) => namespace)), signal);
    const failures: SourceError[] = [];
    const context = { api: this.#api, now: this.#clock.now(), signal };
    const read = await Promise.all(
      exporters
        .filter(({ node, namespace }) => this.#held.has(node) && may.has(namespace))
        .map((exporter) =>
          readExporter(exporter, context).catch((error: unknown) => {
            if (!(error instanceof SourceError)) throw error;
            failures.push(error);
            return [];
          }),
        ),
    );
    const samples = read.flat();
    return { exporters: exporters.length, allowed: may.size > 0, samples, failures };
  }

  /** Those of the namespaces in which pods may be asked. */
  async #mayRead(namespaces: ReadonlySet<string>, signal: AbortSignal): Promise<Set<string>> {
    const asked = [...namespaces].map(async (namespace) => {
      const allowed = await this.#kept.get(namespace, KEEP_MS, () =>
        isAllowed(PROXY, namespace, { api: this.#api, signal }),
      );
      return allowed ? [namespace] : [];
    });
    return new Set((await Promise.all(asked)).flat());
  }
}
