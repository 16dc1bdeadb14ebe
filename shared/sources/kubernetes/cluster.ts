import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import { HOUR, type Instant, MINUTE } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { Api } from './api.ts';
import { isCoreWeave, isCoreWeaves } from './clouds.ts';
import { type Provisioned, provisionedOf } from './fargate.ts';
import type { Gpus } from './gpus.ts';
import { type Launched, toJob } from './jobs.ts';
import { Kept } from './kept.ts';
import { kindOf, pathOf, resourceOf } from './kinds.ts';
import { Memory } from './memory.ts';
import { type Machine, machineOf, toNode } from './nodes.ts';
import { Groups, NodeObject, OwnerObject, Review } from './objects.ts';
import { Owners, type Top } from './owners.ts';
import { type Ownership, ownershipOf } from './people.ts';
import type { Pod } from './pods.ts';
import { readWorkloads, type Workload } from './queue.ts';
import { Scope } from './scope.ts';
import type { Settings } from './settings.ts';
import { Telemetry, type Told } from './telemetry.ts';

/** What changes rarely (who we are, what the cluster serves, its nodes' GPUs) is kept this long. */
const KEEP_MS = 10 * MINUTE;

const POD = { apiVersion: 'v1', kind: 'Pod' };

/** What is read of one cluster, and what is remembered of it between readings. */
export class Cluster {
  readonly api: Api;
  readonly account: Account;
  readonly #settings: Settings;
  readonly #surroundings: Surroundings;
  readonly #owners: Owners;
  readonly #memory = new Memory();
  readonly #kept: Kept;
  readonly #scope: Scope;
  /** By node, when the earliest job began that is known to have held it. */
  readonly #since = new Map<string, Instant>();
  #provisioned: ReadonlyMap<string, Provisioned> = new Map();
  readonly #finished = new Set<string>();
  #machines = new Map<string, Gpus>();
  #atCoreWeave = false;
  #launched = new Map<string, Launched>();
  readonly #telemetry: Telemetry;

  constructor(account: Account, surroundings: Surroundings, settings: Settings) {
    this.account = account;
    this.api = new Api(account, surroundings);
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#kept = new Kept(surroundings.clock);
    this.#scope = new Scope(this.api, settings, surroundings.clock);
    this.#telemetry = new Telemetry(this.api, surroundings.clock);
    this.#owners = new Owners(this.api, () => this.#now());
  }

  /** What is behind a job of the last reading. */
  launched(job: Job): Launched | undefined {
    return this.#launched.get(job.nativeId);
  }

  /** Whose each job is, and which owners there are, is asked anew at the next reading. */
  forget(): void {
    this.#owners.forget();
    this.#kept.clear();
    this.#telemetry.forget();
  }

  /** The name by which the cluster knows us; undefined where it does not say. */
  whoAmI(signal: AbortSignal): Promise<string | undefined> {
    const apiVersion = 'authentication.k8s.io/v1';
    const resource = 'selfsubjectreviews';
    const order = {
      verb: 'create',
      resource: `${resource}.authentication.k8s.io`,
      path: pathOf({ apiVersion, plural: resource }),
      method: 'POST' as const,
      body: { apiVersion, kind: 'SelfSubjectReview' },
    };
    return this.#kept.get('me', KEEP_MS, async () => {
      // Not before Kubernetes 1.28; and it can be forbidden like all else.
      const answer = await unlessDenied(this.api.find(order, Review, signal));
      return answer?.status.userInfo.username;
    });
  }

  /** The groups that the cluster serves, each with its preferred version. */
  groups(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const order = { verb: 'get', resource: 'nonresource /apis', path: '/apis' };
    return this.#kept.get('groups', KEEP_MS, async () => {
      const answer = await unlessDenied(this.api.ask(order, Groups, signal));
      return new Map(
        answer?.groups.map(({ name, preferredVersion }) => [name, preferredVersion.version]),
      );
    });
  }

  /** The nodes that have GPUs, or all of them. */
  machines(signal: AbortSignal): Promise<Machine[]> {
    return this.#kept.set('machines', this.#readMachines(signal));
  }

  toNodes(machines: readonly Machine[]): Node[] {
    const { prices } = this.#settings;
    const { context } = this.api.options;
    const now = this.#now();
    const names = new Set(machines.map(({ object }) => object.metadata.name));
    for (const name of this.#since.keys()) if (!names.has(name)) this.#since.delete(name);
    return machines.map((machine) =>
      toNode(machine, {
        account: this.account.id,
        prices: prices[context ?? 'in-cluster'] ?? prices['*'],
        provisioned: this.#provisioned.get(machine.object.metadata.name),
        since: this.#since.get(machine.object.metadata.name),
        now,
      }),
    );
  }

  /** The jobs, and what could not be read of them while the rest could. */
  async jobs(signal: AbortSignal): Promise<{ jobs: Job[]; failures: SourceError[] }> {
    const [me, groups, { pods, exporters, namespaces, failures }, machines] = await Promise.all([
      this.whoAmI(signal),
      this.groups(signal),
      this.#scope.pods(signal),
      this.#knownMachines(signal),
    ]);
    const workloads = await readWorkloads(this.api, groups, namespaces, signal).catch(
      (error: unknown) => {
        if (!(error instanceof SourceError) || error.kind !== 'denied') throw error;
        failures.push(error);
        return [];
      },
    );
    this.#provisioned = provisionedOf(pods);
    const launchable = this.#atCoreWeave ? pods.filter(({ meta }) => !isCoreWeaves(meta)) : pods;
    const launched = await this.#gather(launchable, workloads, signal);
    failures.push(...this.#owners.settle());
    const now = this.#now();
    const listed = launched.map((one) => {
      const ownership = this.#ownershipOf(one, me);
      return { one, job: toJob(one, { account: this.account.id, ownership, machines }) };
    });
    const recent = listed.filter(
      ({ job }) => job.state !== 'ended' || (job.endedAt ?? now) > now - HOUR,
    );
    this.#launched = new Map(recent.map(({ one, job }) => [job.nativeId, one]));
    const jobs = this.#memory.complete(
      recent.map(({ job }) => job),
      now,
    );
    for (const { shares, startedAt } of jobs) {
      for (const { node, from = startedAt } of shares)
        if (from !== undefined)
          this.#since.set(node, Math.min(from, this.#since.get(node) ?? from));
    }
    this.#telemetry.note(exporters, jobs, groups);
    return { jobs, failures };
  }

  /** How busy the GPUs of my jobs' nodes are. */
  async readTelemetry(signal: AbortSignal): Promise<Told> {
    if (!this.#telemetry.ready) await this.jobs(signal);
    return this.#telemetry.read(signal);
  }

  close(): void {
    this.api.close();
  }

  #now(): Instant {
    return this.#surroundings.clock.now();
  }

  async #readMachines(signal: AbortSignal): Promise<Machine[]> {
    const order = {
      verb: 'list',
      resource: 'nodes',
      path: pathOf({ apiVersion: 'v1', plural: 'nodes' }),
    };
    const all = this.#settings.allPods;
    const keep = (object: NodeObject) => {
      const machine = machineOf(object);
      return all || machine.gpus.count > 0 ? machine : undefined;
    };
    const machines = await this.api.list(order, NodeObject, keep, signal);
    this.#atCoreWeave = machines.some(({ object }) => isCoreWeave(object.metadata.labels));
    this.#machines = new Map(machines.map(({ object, gpus }) => [object.metadata.name, gpus]));
    return machines;
  }

  /** How the nodes' GPUs are cut, as far as it may be known: a slice's own name tells, too. */
  async #knownMachines(signal: AbortSignal): Promise<ReadonlyMap<string, Gpus>> {
    const reading = this.#kept.get('machines', KEEP_MS, () => this.#readMachines(signal));
    await reading.catch((error: unknown) => {
      // It is told where the nodes are asked for; their jobs can do without.
      if (!(error instanceof SourceError)) throw error;
    });
    return this.#machines;
  }

  /** What was launched: each with its pods, also those that wait in Kueue without one. */
  async #gather(
    pods: readonly Pod[],
    workloads: readonly Workload[],
    signal: AbortSignal,
  ): Promise<Launched[]> {
    const found = new Map<string, Launched>();
    const under = (top: Top): Launched => {
      const known = found.get(top.uid) ?? { top, pods: [], waits: false };
      found.set(top.uid, known);
      return known;
    };
    const tops = await Promise.all(pods.map((pod) => this.#owners.topOf(pod.meta, POD, signal)));
    for (const [index, pod] of pods.entries()) {
      const top = tops[index];
      if (top) under(top).pods.push(pod);
    }
    for (const { object, apiVersion, waits, asksForGpus } of workloads) {
      const { metadata, spec } = object;
      const top = await this.#owners.topOf(metadata, { apiVersion, kind: 'Workload' }, signal);
      const wanted = this.#settings.allPods || asksForGpus;
      if (!found.has(top.uid) && !(waits && wanted)) continue;
      const launched = under(top);
      const { name, uid } = metadata;
      launched.workload = { name, uid, apiVersion, queue: spec.queueName };
      launched.waits ||= waits;
    }
    for (const uid of this.#finished) if (!found.has(uid)) this.#finished.delete(uid);
    await Promise.all(
      [...found.values()].map(async (launched) => {
        launched.waits ||= await this.#triesAgain(launched, signal);
      }),
    );
    return [...found.values()];
  }

  /** Whether a job all of whose pods have ended will start more of them. */
  async #triesAgain({ top, pods }: Launched, signal: AbortSignal): Promise<boolean> {
    const kind = kindOf(top);
    if (!kind?.ends || pods.length === 0 || this.#finished.has(top.uid)) return false;
    if (pods.some(({ phase }) => phase !== 'ended')) return false;
    const object = await unlessDenied(this.find(top, signal));
    if (object && !isOver(object)) return true;
    this.#finished.add(top.uid);
    return false;
  }

  /** The object itself as it is now; undefined where it is gone, another of this name, or of a kind not known here. */
  async find(top: Top, signal: AbortSignal): Promise<OwnerObject | undefined> {
    const kind = kindOf(top);
    if (!kind) return undefined;
    const { apiVersion, namespace, name } = top;
    const order = {
      verb: 'get',
      resource: resourceOf(kind),
      path: pathOf({ apiVersion, plural: kind.plural }, namespace, name),
      namespace,
      name,
    };
    const object = await this.api.find(order, OwnerObject, signal);
    return object?.metadata.uid === top.uid ? object : undefined;
  }

  #ownershipOf({ top, pods }: Launched, username: string | undefined): Ownership {
    const [pod] = pods;
    const words = [
      top.labels,
      top.annotations,
      pod?.meta.labels ?? {},
      pod?.meta.annotations ?? {},
    ];
    const me = { username, user: this.#surroundings.user };
    return ownershipOf({ namespace: top.namespace, words }, me, this.#settings);
  }
}

/** By the words in which controllers say that a job has nothing more to do. */
function isOver({ spec, status }: OwnerObject): boolean {
  const over = /^(Complete|Completed|Succeeded|Failed|Suspended)$/;
  if (spec?.suspend || spec?.runPolicy?.suspend) return true;
  if (over.test(status?.jobDeploymentStatus ?? '')) return true;
  return (status?.conditions ?? []).some((one) => one.status === 'True' && over.test(one.type));
}

/** The answer, or undefined where it may not be had. */
async function unlessDenied<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SourceError && error.kind === 'denied') return undefined;
    throw error;
  }
}
