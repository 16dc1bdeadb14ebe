import { check } from '../check.ts';
import type { Check } from '../source.ts';
import type { Cluster } from './cluster.ts';
import { phaseOf } from './entry.ts';

/** Tries what each capability needs. Nothing is cancelled to try a stop. */
export async function diagnose(cluster: Cluster, signal: AbortSignal): Promise<Check[]> {
  const { controller } = cluster;
  const connect = await check('connect', cluster.name, async () => {
    const said = await controller.ping(signal);
    const { name } = await cluster.me(signal);
    return `${said} (cluster ${cluster.name}, you are ${name})`;
  });
  if (!connect.ok) return [connect];

  const nodes = async () => {
    const all = (await cluster.nodes(signal))();
    const gpus = all.reduce((sum, node) => sum + node.gpus.count, 0);
    const priced = all.filter(({ rate }) => rate !== undefined).length;
    const prices =
      priced === all.length
        ? 'all priced by burnrate.yaml'
        : `${priced} of them priced by burnrate.yaml (sources.slurm.prices); others need a cloud account that knows them`;
    return `${all.length} nodes with ${gpus} GPUs, ${prices}`;
  };
  const jobs = async () => {
    const { jobs: listed, failures } = await cluster.jobs(signal);
    const [failure] = failures;
    if (failure) throw failure;
    const ended =
      cluster.accounting === 'there'
        ? 'ended ones by sacct'
        : 'no accounting here: ended ones while the controller remembers them (MinJobAge)';
    return `${listed.length} jobs, ${listed.filter(({ mine }) => mine).length} of them yours, read as ${controller.format}; ${ended}`;
  };
  const stop = async () => {
    const way = await controller.canCancel(signal);
    const { entries, isMine } = await cluster.queue(signal);
    const live = entries.filter(
      (entry) => isMine(entry.user) && ['running', 'pending'].includes(phaseOf(entry)),
    );
    return `${way}; Slurm lets you cancel your own jobs, ${live.length} now`;
  };
  return [
    connect,
    await check('nodes', cluster.name, nodes),
    await check('jobs', cluster.name, jobs),
    await check('stop', cluster.name, stop),
  ];
}
