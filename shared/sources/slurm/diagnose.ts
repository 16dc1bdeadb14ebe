import { check } from '../check.ts';
import type { Check } from '../source.ts';
import type { Cluster } from './cluster.ts';
import { phaseOf } from './entry.ts';
import { failureOf } from './errors.ts';
import { isMine } from './jobs.ts';

/** Tries what each capability needs. Nothing is cancelled to try a stop. */
export async function diagnose(cluster: Cluster, signal: AbortSignal): Promise<Check[]> {
  const { commands } = cluster;
  const connect = await check('connect', cluster.name, async () => {
    const ping = ['ping'];
    const { code, stdout, stderr } = await commands.try('scontrol', ping, { signal });
    const said = stdout.trim().split('\n').join('; ');
    // Releases differ in whether a controller that is down is a failure.
    if (code !== 0 || !/\bUP\b/.test(said))
      throw failureOf(stderr || stdout, code, commands.line('scontrol', ping));
    return `${said} (cluster ${cluster.name}, you are ${cluster.me.name})`;
  });
  if (!connect.ok) return [connect];

  const nodes = async () => {
    const machines = await cluster.machines(signal);
    const gpus = machines.reduce((sum, machine) => sum + machine.gpus.count, 0);
    const priced = cluster.toNodes(machines).filter(({ rate }) => rate !== undefined).length;
    const prices =
      priced === machines.length
        ? 'all priced by burnrate.yaml'
        : `${priced} of them priced by burnrate.yaml (sources.slurm.prices); others need a cloud account that knows them`;
    return `${machines.length} nodes with ${gpus} GPUs, ${prices}`;
  };
  const jobs = async () => {
    const { jobs: listed, failures } = await cluster.jobs(signal);
    const [failure] = failures;
    if (failure) throw failure;
    const ended =
      cluster.accounting === 'there'
        ? 'ended ones by sacct'
        : 'no accounting here: ended ones while the controller remembers them (MinJobAge)';
    return `${listed.length} jobs, ${listed.filter(({ mine }) => mine).length} of them yours, read as ${cluster.queue.format}; ${ended}`;
  };
  const stop = async () => {
    const version = await commands.read('scancel', ['--version'], { signal });
    const live = (await cluster.queue.read(signal)).filter(
      (entry) => isMine(entry.user, cluster.me) && ['running', 'pending'].includes(phaseOf(entry)),
    );
    return `scancel is there (${version.trim()}); Slurm lets you cancel your own jobs, ${live.length} now`;
  };
  return [
    connect,
    await check('nodes', cluster.name, nodes),
    await check('jobs', cluster.name, jobs),
    await check('stop', cluster.name, stop),
  ];
}
