import { z } from 'zod';
import { check } from '../check.ts';
import { type Check, SourceError } from '../source.ts';
import type { Cluster } from './cluster.ts';
import { fileFor, grantOf } from './errors.ts';
import { kindOf } from './kinds.ts';
import { isAllowed, nameOf, type Right, rightOf } from './rights.ts';
import type { CpusTold, Told } from './telemetry.ts';

const Version = z.object({ gitVersion: z.string() });

/** Tries what each capability needs. Whether a stop is allowed is asked; nothing is stopped. */
export async function diagnose(cluster: Cluster, signal: AbortSignal): Promise<Check[]> {
  const { api, account } = cluster;
  cluster.forget();
  const connect = await check('connect', account.name, async () => {
    const order = { verb: 'get', resource: 'nonresource /version', path: '/version' };
    const { gitVersion } = await api.ask(order, Version, signal);
    const me = await cluster.whoAmI(signal);
    return `Kubernetes ${gitVersion} at ${api.options.server}; to it you are ${me ?? 'somebody whom it does not name (before 1.28)'}`;
  });
  if (!connect.ok) return [connect];

  const nodes = async () => {
    const listed = cluster.toNodes(await cluster.machines(signal));
    const gpus = listed.reduce((sum, node) => sum + node.gpus.count, 0);
    const priced = listed.filter(({ rate }) => rate !== undefined).length;
    const prices =
      priced === listed.length
        ? 'all priced by burnrate.yaml'
        : `${priced} of them priced by burnrate.yaml (sources.kubernetes.prices), others by the account of their cloud`;
    return `nodes: ${listed.length}, with ${gpus} GPUs, ${prices}`;
  };
  const jobs = async () => {
    const { jobs: listed, failures } = await cluster.jobs(signal);
    const [failure] = failures;
    if (failure) throw failure;
    const mine = listed.filter((job) => job.mine).length;
    const hint =
      mine > 0 || listed.length === 0
        ? ''
        : '. If some are: add your namespaces, or names in owner labels, under sources.kubernetes.mine';
    return `jobs with GPUs: ${listed.length}, ${mine} of them yours${hint}`;
  };
  return [
    connect,
    await check('nodes', account.name, nodes),
    await check('jobs', account.name, jobs),
    await check('telemetry', account.name, () => telemetryOf(cluster, signal)),
    await check('stop', account.name, () => mayStop(cluster, signal)),
  ];
}

/** That there is none is no fault: a Prometheus, or the exporters themselves, may be read as well. */
async function telemetryOf(cluster: Cluster, signal: AbortSignal): Promise<string> {
  const { exporters, allowed, samples, failures, cpus } = await cluster.readTelemetry(signal);
  const [failure] = failures;
  if (failure && samples.length === 0) throw failure;
  const told = [ofGpus({ exporters, allowed, samples }), ofCpus(cpus)];
  return told.filter((one) => one !== undefined).join('; ');
}

function ofGpus({ exporters, allowed, samples }: Pick<Told, 'exporters' | 'allowed' | 'samples'>) {
  if (exporters === 0)
    return 'no exporter of DCGM or of AMD in sight; a Prometheus that has their series is read by its own source';
  if (!allowed)
    return `${exporters} exporters in sight, which you may not ask by way of the API server: what burnrate doctor --policy kubernetes/telemetry prints allows it`;
  return `${exporters} exporters; ${samples.length} GPUs of your jobs read`;
}

/** Undefined where none of your jobs that are read does without a GPU. */
function ofCpus({ pods, served, allowed, samples }: CpusTold): string | undefined {
  if (pods === 0) return undefined;
  const those = `${pods} pods of yours without GPUs`;
  if (!served) return `how busy ${those} are nobody tells: the cluster has no metrics-server`;
  if (!allowed)
    return `how busy ${those} are you may not ask: what burnrate doctor --policy kubernetes/read prints allows it`;
  return `CPU of ${samples.length} of ${those}`;
}

/** Asks the cluster for the kinds that I run, and where I run them; else for Jobs. */
async function mayStop(cluster: Cluster, signal: AbortSignal): Promise<string> {
  const { jobs } = await cluster.jobs(signal);
  const live = jobs.filter(({ mine, state }) => mine && state !== 'ended');
  const namespace = live[0]?.labels.namespace ?? (await cluster.api.namespace(signal)) ?? 'default';
  const own = live.flatMap((job) => {
    const launched = cluster.launched(job);
    const kind = launched && kindOf(launched.top);
    return kind?.halt ? [kind] : [];
  });
  const jobKind = kindOf({ apiVersion: 'batch/v1', kind: 'Job' });
  const asked = [...new Set(own.length > 0 || !jobKind ? own : [jobKind])];
  const rights: Right[] = [
    ...asked.map(rightOf),
    { verb: 'delete', group: '', plural: 'pods' },
    ...(live.some((job) => cluster.launched(job)?.workload)
      ? [{ verb: 'patch', group: 'kueue.x-k8s.io', plural: 'workloads' }]
      : []),
  ];
  const answers = await Promise.all(
    rights.map(async (right) => ({
      right,
      allowed: await isAllowed(right, namespace, { api: cluster.api, signal }),
    })),
  );
  const missing = answers.filter(({ allowed }) => !allowed).map(({ right }) => right);
  const may = (list: Right[]) => list.map((right) => `${right.verb} ${nameOf(right)}`).join(', ');
  if (missing.length === 0) return `may ${may(rights)} in namespace ${namespace}`;
  const me = await cluster.whoAmI(signal);
  const grants = missing.map((right) =>
    grantOf({ verb: right.verb, resource: nameOf(right), namespace }, me),
  );
  throw new SourceError('denied', {
    account: cluster.account.id,
    message: `may not ${may(missing)} in namespace ${namespace}`,
    remedy: `Ask an administrator to allow it: ${grants.join(' && ')}. ${fileFor('patch')}`,
  });
}
