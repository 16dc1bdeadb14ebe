import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import { DAY } from '../../model/time.ts';
import { unlessGone } from '../rental_stop.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Api } from './api.ts';
import { whoAmI } from './caller.ts';
import { expected, isSwitchedOff, mergeFailures } from './errors.ts';
import { readInstances } from './instances.ts';
import { type Limited, machineJobs } from './jobs.ts';
import { machineTypesOf } from './machine_types.ts';
import { managerOf, toNode } from './nodes.ts';
import type { Offer, TypeFacts } from './offer.ts';
import { type Caller, type Ownership, ownershipOf } from './owners.ts';
import type { Settings } from './settings.ts';
import { offerOf, readJob, stateOf, vertexId } from './vertex.ts';
import { CustomJob, CustomJobPage, type Instance, instantOf, lastOf, regionOf } from './wire.ts';

/** Where Google's own library for Vertex AI works unless told otherwise. */
const VERTEX_DEFAULT = 'us-central1';

export interface Seen {
  nodes: Node[];
  jobs: Job[];
  failures: SourceError[];
}

/** What is known of a project's instances and Vertex AI jobs. */
export interface Inventory {
  /** Rejects with a SourceError where nothing could be read. */
  refresh(signal: AbortSignal): Promise<Seen>;
  /** What the last reading showed. */
  lastSeen(): Node[];
  nodeOf(instance: Instance): Node;
  jobOf(job: CustomJob): Job;
  /** Whose something with these labels is. */
  ownedBy(labels: Readonly<Record<string, string>>): Ownership;
  /** What a kind of machine has, for its price. */
  facts(
    offer: Offer,
    zone: string | undefined,
    signal: AbortSignal,
  ): Promise<TypeFacts | undefined>;
  caller(signal: AbortSignal): Promise<Caller | undefined>;
}

export function inventoryOf(api: Api, surroundings: Surroundings, settings: Settings): Inventory {
  const { clock, user } = surroundings;
  const { project, account, options } = api;
  const types = machineTypesOf(api);
  const instances = new Map<string, Instance>();
  const vertexJobs = new Map<string, CustomJob>();
  let caller: Caller | undefined;

  const identify = async (signal: AbortSignal): Promise<Caller | undefined> => {
    caller ??= await whoAmI(api, signal);
    return caller;
  };
  const nodeOf = (instance: Instance): Node =>
    toNode(instance, {
      account: account.id,
      project,
      facts: types.get(lastOf(instance.machineType)),
      ownership: ownershipOf(
        { labels: instance.labels, managedBy: managerOf(instance) },
        caller,
        user,
        settings,
      ),
    });
  const vertexOf = (job: CustomJob) =>
    readJob(job, {
      account: account.id,
      ownership: ownershipOf(job, caller, user, settings),
      facts: types.get,
    });
  const limited = (instance: Instance): Limited => ({
    node: nodeOf(instance),
    limitAt: instantOf(
      instance.resourceStatus?.scheduling?.terminationTimestamp ??
        instance.scheduling.terminationTime,
    ),
  });

  /** The instances now; of a zone that did not answer, those last seen there are `unread`. */
  async function refreshInstances(
    signal: AbortSignal,
    failures: SourceError[],
  ): Promise<{ fresh: Instance[]; unread: Instance[] }> {
    const { found, silent } = await readInstances(api, signal);
    for (const { scope, message } of silent)
      failures.push(
        new SourceError('unreachable', {
          account: account.id,
          message: `Compute Engine, instances in ${scope}: ${message}`,
          remedy:
            'Burnrate tries again by itself. See https://status.cloud.google.com if it persists.',
        }),
      );
    const places = new Set(silent.map(({ scope }) => scope));
    const unread = [...instances.values()].filter(({ zone }) => places.has(lastOf(zone)));
    instances.clear();
    for (const instance of [...unread, ...found]) instances.set(instance.id, instance);
    await types
      .learn(
        found.map(({ machineType, zone }) => ({ type: lastOf(machineType), zone: lastOf(zone) })),
        signal,
      )
      .catch((error: unknown) => failures.push(expected(error)));
    return { fresh: found, unread };
  }

  /** Custom jobs that run or ended of late, in every region in use; false where none was read. */
  async function refreshVertex(signal: AbortSignal, failures: SourceError[]): Promise<boolean> {
    const regions = settings.regions ?? [
      ...new Set([
        VERTEX_DEFAULT,
        ...(options.region ? [options.region] : []),
        ...[...instances.values()].map(({ zone }) => regionOf(lastOf(zone))),
      ]),
    ];
    const results = await Promise.allSettled(regions.map((region) => vertexIn(region, signal)));
    const refused = results.flatMap((result) =>
      result.status === 'rejected' ? expected(result.reason) : [],
    );
    // A project that has never switched Vertex AI on has no jobs there.
    if (refused.some((error) => isSwitchedOff(error, options))) return false;
    failures.push(...mergeFailures(refused));
    await types
      .learn(
        [...vertexJobs.values()].flatMap((job) =>
          job.jobSpec.workerPoolSpecs.map((_, pool) => ({ type: offerOf(job, pool).machineType })),
        ),
        signal,
      )
      .catch((error: unknown) => failures.push(expected(error)));
    return refused.length < regions.length;
  }

  async function vertexIn(region: string, signal: AbortSignal): Promise<void> {
    const since = new Date(clock.now() - DAY).toISOString();
    const active = ['QUEUED', 'PENDING', 'RUNNING', 'CANCELLING', 'UPDATING'];
    const filter = [
      ...active.map((state) => `state="JOB_STATE_${state}"`),
      `create_time>"${since}"`,
    ].join(' OR ');
    const path = `/v1/projects/${project}/locations/${region}/customJobs?pageSize=100&filter=${encodeURIComponent(filter)}`;
    const found = new Map<string, CustomJob>();
    for await (const page of api.pages('aiplatform', path, CustomJobPage, signal, region))
      for (const job of page.customJobs) found.set(vertexId(job), job);
    for (const [id, job] of vertexJobs) {
      if (!id.startsWith(`vertex/${region}/`) || found.has(id)) continue;
      vertexJobs.delete(id);
      // One that began long ago is no longer in the list once it has ended: when, it says itself.
      const last = stateOf(job) === 'ended' ? job : await getVertexJob(api, id, signal);
      if (last && (instantOf(last.endTime) ?? 0) > clock.now() - DAY) found.set(id, last);
    }
    for (const [id, job] of found) vertexJobs.set(id, job);
  }

  return {
    nodeOf,
    jobOf: (job) => vertexOf(job).job,
    ownedBy: (labels) => ownershipOf({ labels }, caller, user, settings),
    caller: identify,
    lastSeen: () => [...instances.values()].map(nodeOf),
    async facts({ machineType }, zone, signal) {
      await types.learn([{ type: machineType, zone }], signal);
      return types.get(machineType);
    },
    async refresh(signal) {
      const failures: SourceError[] = [];
      const attempt = async <T>(part: () => Promise<T>): Promise<T | undefined> => {
        try {
          return await part();
        } catch (error) {
          failures.push(expected(error));
          return undefined;
        }
      };
      const compute = await attempt(() => refreshInstances(signal, failures));
      const vertex = await refreshVertex(signal, failures);
      const [first] = failures;
      if (first && !compute && !vertex) throw first;
      await attempt(() => identify(signal));
      const { fresh, unread } = compute ?? { fresh: [], unread: [...instances.values()] };
      const freshIds = new Set(fresh.map(nodeOf).map(({ id }) => id));
      const machines = machineJobs([...fresh, ...unread].map(limited), account.id, clock.now());
      const custom = [...vertexJobs.values()].map(vertexOf);
      return {
        nodes: [...fresh.map(nodeOf), ...custom.flatMap(({ nodes }) => nodes)],
        jobs: [
          ...machines.filter(({ shares }) => shares.some(({ node }) => freshIds.has(node))),
          ...custom.map(({ job }) => job),
        ],
        failures,
      };
    },
  };
}

/** A job by its native id, as it is now; undefined where it is gone. */
export async function getVertexJob(
  api: Api,
  nativeId: string,
  signal: AbortSignal,
): Promise<CustomJob | undefined> {
  const [, region = '', id = ''] = nativeId.split('/');
  const path = `/v1/projects/${api.project}/locations/${region}/customJobs/${id}`;
  return await unlessGone(api.ask('aiplatform', { path, schema: CustomJob, signal }, region));
}
