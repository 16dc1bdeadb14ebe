import { z } from 'zod';
import { type Clock, HOUR, MINUTE } from '../../model/time.ts';
import { SourceError } from '../source.ts';
import type { Api, Order } from './api.ts';
import { type Exporter, exporterOf } from './exporters.ts';
import { Kept } from './kept.ts';
import { pathOf } from './kinds.ts';
import { PodObject } from './objects.ts';
import { type Pod, podOf } from './pods.ts';
import type { Settings } from './settings.ts';

/** How long it is remembered which namespaces may be read. */
const KEEP_MS = 10 * MINUTE;

export interface PodsRead {
  pods: Pod[];
  /** Pods that tell how busy GPUs are. */
  exporters: Exporter[];
  /** Where they were looked for; undefined is everywhere. */
  namespaces: readonly (string | undefined)[];
  failures: SourceError[];
}

/**
 * The pods that may be read: those of the namespaces that the settings name, else of all, and where
 * that is not allowed those of the context's own namespace.
 */
export class Scope {
  readonly #api: Api;
  readonly #settings: Pick<Settings, 'namespaces' | 'allPods'>;
  readonly #clock: Clock;
  readonly #kept: Kept;

  constructor(api: Api, settings: Settings, clock: Clock) {
    this.#api = api;
    this.#settings = settings;
    this.#clock = clock;
    this.#kept = new Kept(clock);
  }

  /** Pods that ended more than an hour ago are left out. Rejects where none may be read. */
  async pods(signal: AbortSignal): Promise<PodsRead> {
    const namespaces = this.#settings.namespaces ?? [await this.own(signal)];
    const failures: SourceError[] = [];
    const exporters: Exporter[] = [];
    const lists = await Promise.all(
      namespaces.map((namespace) =>
        this.#podsIn(namespace, exporters, signal).catch((error: unknown) => {
          if (!(error instanceof SourceError) || error.kind !== 'denied') throw error;
          failures.push(error);
          return undefined;
        }),
      ),
    );
    const [first] = failures;
    if (first && lists.every((list) => list === undefined)) throw first;
    return { pods: lists.flatMap((list) => list ?? []), exporters, namespaces, failures };
  }

  /** The only namespace that may be read; undefined where all may. Rejects where none may. */
  own(signal: AbortSignal): Promise<string | undefined> {
    return this.#kept.get('own', KEEP_MS, async () => {
      const denied = await this.#refusal(undefined, signal);
      if (!denied) return undefined;
      const namespace = (await this.#api.namespace(signal)) ?? 'default';
      if (await this.#refusal(namespace, signal)) throw denied;
      return namespace;
    });
  }

  async #refusal(
    namespace: string | undefined,
    signal: AbortSignal,
  ): Promise<SourceError | undefined> {
    const order = podsOrder(namespace);
    try {
      await this.#api.ask({ ...order, path: `${order.path}?limit=1` }, z.unknown(), signal);
      return undefined;
    } catch (error) {
      if (error instanceof SourceError && error.kind === 'denied') return error;
      throw error;
    }
  }

  #podsIn(
    namespace: string | undefined,
    exporters: Exporter[],
    signal: AbortSignal,
  ): Promise<Pod[]> {
    const recently = this.#clock.now() - HOUR;
    const keep = (object: PodObject) => {
      const exporter = exporterOf(object);
      if (exporter) exporters.push(exporter);
      const pod = podOf(object, this.#settings.allPods);
      if (pod?.phase !== 'ended') return pod;
      const last = pod.endedAt ?? pod.startedAt ?? pod.meta.creationTimestamp ?? 0;
      return last > recently ? pod : undefined;
    };
    return this.#api.list(podsOrder(namespace), PodObject, keep, signal);
  }
}

function podsOrder(namespace: string | undefined): Order {
  return {
    verb: 'list',
    resource: 'pods',
    path: pathOf({ apiVersion: 'v1', plural: 'pods' }, namespace),
    ...(namespace !== undefined && { namespace }),
  };
}
