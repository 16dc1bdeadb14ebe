import type { Account } from '../../model/account.ts';
import { MINUTE, SECOND } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { Api, type Call } from './api.ts';
import { clustersOf } from './clusters.ts';
import type { Endpoint } from './endpoint.ts';
import { NoServer, RequestFailed } from './errors.ts';
import { type Launched, runsServices } from './launched.ts';
import { managedJobsOf } from './managed.ts';
import { type Me, whoAmI } from './me.ts';
import { Memory } from './memory.ts';
import { readServices } from './service_state.ts';
import { servicesOf } from './services.ts';
import type { Settings } from './settings.ts';
import { withAddresses } from './ssh_hosts.ts';
import { hasState, readState } from './state.ts';
import {
  ClusterRecord,
  type Health,
  HistoryRecord,
  Queue,
  ServiceRecord,
  TASK_FIELDS,
  type TaskRecord,
} from './wire.ts';

/** Everything that SkyPilot tells, and by which way. */
export interface Seen {
  launched: Launched[];
  me: Me;
  way: 'server' | 'file';
  version?: string;
  endpoint: Endpoint;
  /** What could not be read while the rest could. */
  failures: SourceError[];
}

/** How many of the latest tasks are read for those that have just ended. */
const LATEST_TASKS = 200;

/** Each question costs the API server a process: who has no services is asked for them seldom. */
const SELDOM_MS = 5 * MINUTE;

/** SkyPilot asks the services' controller over SSH: what else was read must not wait for it. */
const SERVICES_MS = 15 * SECOND;

/** Since this API version the clusters of managed jobs can be left out of the history. */
const TELLS_MANAGED_APART = 62;

/** Reads SkyPilot by its API server or, on a machine where none runs, by its own file. */
export class Reader {
  readonly api: Api;
  readonly #account: Account;
  readonly #surroundings: Surroundings;
  readonly #settings: Settings;
  readonly #memory = new Memory();
  /** Whether there were services, or something that runs them, when that was last told. */
  #mayHaveServices = false;
  #servicesAskedAt = Number.NEGATIVE_INFINITY;

  constructor(account: Account, surroundings: Surroundings, settings: Settings) {
    this.#account = account;
    this.#surroundings = surroundings;
    this.#settings = settings;
    this.api = new Api(account, surroundings, settings);
  }

  /** Rejects with a SourceError where nothing can be read. */
  async read(signal: AbortSignal): Promise<Seen> {
    const endpoint = await this.api.endpoint();
    try {
      return await this.#byServer(await this.api.health(signal), endpoint, signal);
    } catch (error) {
      if (!(error instanceof NoServer) || !endpoint.local) throw error;
      if (this.#settings.startServer) {
        await this.#start(signal);
        return this.#byServer(await this.api.health(signal), endpoint, signal);
      }
      if (!hasState(this.#surroundings)) throw error;
      return this.#byFile(endpoint);
    }
  }

  async #byServer(health: Health, endpoint: Endpoint, signal: AbortSignal): Promise<Seen> {
    const failures: SourceError[] = [];
    const part = async <T>(read: Promise<T[]>): Promise<T[]> => {
      try {
        return await read;
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        failures.push(error);
        return [];
      }
    };
    const [records, history, tasks, services] = await Promise.all([
      this.#ask('/status', ClusterRecord.array(), signal, {
        all_users: true,
        include_credentials: false,
        include_handle: false,
      }),
      part(
        this.#ask('/cost_report', HistoryRecord.array(), signal, {
          days: 1,
          exclude_managed_clusters: true,
        }),
      ),
      part(this.#tasks(signal)),
      this.#services(signal),
    ]);
    // SkyPilot cannot tell of services without a way to the internet, be there any or not.
    this.#mayHaveServices ||= records.some(runsServices);
    if (!(services instanceof SourceError))
      this.#mayHaveServices = services.length > 0 || records.some(runsServices);
    else if (this.#mayHaveServices) failures.push(services);
    const now = this.#surroundings.clock.now();
    // An older server also tells of the clusters of managed jobs, which are theirs.
    const told = Number(health.api_version) >= TELLS_MANAGED_APART;
    const past = history.filter(
      ({ status, name }) => status || told || this.#memory.knows(name ?? ''),
    );
    const clusters = await withAddresses(clustersOf(records, past, now), this.#surroundings);
    return {
      launched: this.#memory.complete([
        ...clusters,
        ...managedJobsOf(tasks, now),
        ...servicesOf(services instanceof SourceError ? [] : services),
      ]),
      me: await whoAmI(health, this.#surroundings, this.#settings),
      way: 'server',
      ...(health.version && { version: health.version }),
      endpoint,
      failures,
    };
  }

  async #byFile(endpoint: Endpoint): Promise<Seen> {
    const now = this.#surroundings.clock.now();
    const clusters = [
      ...readState(this.#surroundings, this.#account.id, now),
      ...readServices(this.#surroundings, this.#account.id, now),
    ];
    const me = await whoAmI(undefined, this.#surroundings, this.#settings);
    const launched = this.#memory.complete(await withAddresses(clusters, this.#surroundings));
    return { launched, me, way: 'file', endpoint, failures: [] };
  }

  /**
   * The tasks that have not ended, and the latest of all: what ended within the hour is among them.
   * Nobody who has no managed job has a controller of them; SkyPilot calls that an error.
   */
  async #tasks(signal: AbortSignal): Promise<TaskRecord[]> {
    const ask = (body: Record<string, unknown>) =>
      this.#ask('/jobs/queue/v2', Queue, signal, { all_users: true, fields: TASK_FIELDS, ...body });
    try {
      const [live, latest] = await Promise.all([
        ask({ skip_finished: true }),
        ask({ limit: LATEST_TASKS }),
      ]);
      const jobs = new Set(live.map(({ job_id }) => job_id));
      return [...live, ...latest.filter(({ job_id }) => !jobs.has(job_id))];
    } catch (error) {
      if (error instanceof RequestFailed && error.type === 'ClusterNotUpError') return [];
      throw error;
    }
  }

  /** The services, or why they cannot be told of: not having a controller of them is no reason. */
  async #services(signal: AbortSignal): Promise<ServiceRecord[] | SourceError> {
    const now = this.#surroundings.clock.now();
    if (!this.#mayHaveServices && Math.abs(now - this.#servicesAskedAt) < SELDOM_MS) return [];
    this.#servicesAskedAt = now;
    const soon = AbortSignal.any([signal, AbortSignal.timeout(SERVICES_MS)]);
    try {
      return await this.#ask('/serve/status', ServiceRecord.array(), soon, { service_names: null });
    } catch (error) {
      if (error instanceof RequestFailed && error.type === 'ClusterNotUpError') return [];
      if (error instanceof SourceError) return error;
      throw error;
    }
  }

  #ask<T>(
    path: string,
    schema: Call<T>['schema'],
    signal: AbortSignal,
    body: Record<string, unknown>,
  ): Promise<T> {
    return this.api.ask({ path, body, schema, signal });
  }

  async #start(signal: AbortSignal): Promise<void> {
    const told = (message: string) =>
      new SourceError('unreachable', {
        account: this.#account.id,
        message: `sky api start: ${message}`,
        remedy:
          'Try it in a terminal: sky api start. Without it, take sources.skypilot.startServer out of burnrate.yaml.',
      });
    try {
      const { code, stderr, stdout } = await this.#surroundings.run('sky', ['api', 'start'], {
        signal,
      });
      if (code !== 0)
        throw told((stderr || stdout).trim().slice(-200) || `ended with code ${code}`);
    } catch (error) {
      if (error instanceof SourceError) throw error;
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw told(missing ? 'sky is not on PATH' : (error as Error).message);
    }
  }
}
