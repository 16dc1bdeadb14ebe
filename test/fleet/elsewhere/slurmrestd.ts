import type { Listening } from '../listen.ts';
import type { Running } from './cluster.ts';
import { tell } from './json.ts';

const VERSION = 'v0.0.41';
const number = (value: number | undefined) => ({
  set: value !== undefined,
  infinite: false,
  number: value ?? 0,
});
const seconds = (at: number) => Math.floor(at / 1000);

/** A slurmrestd over this cluster. https://slurm.schedmd.com/rest_api.html */
export function openSlurmrestd(running: Running): Promise<Listening> {
  return tell(({ call }) => {
    const [method, path = ''] = call.split(' ');
    if (!path.startsWith(`/slurm/${VERSION}/`)) return undefined;
    const [what, id] = path.slice(`/slurm/${VERSION}/`.length).split('/');
    if (method === 'GET' && what === 'ping')
      return told({
        pings: [{ hostname: 'ctl', mode: 'primary', pinged: 'UP', responding: true }],
      });
    if (method === 'GET' && what === 'nodes') return told({ nodes: nodesOf(running) });
    if (method === 'GET' && what === 'jobs') return told({ jobs: jobsOf(running) });
    if (method !== 'DELETE' || what !== 'job') return undefined;
    running.jobs.find((one) => String(one.id) === id)?.tenure.end();
    return told({});
  });
}

function told(answer: Record<string, unknown>) {
  return { body: { ...answer, errors: [], warnings: [] } };
}

function nodesOf({ cluster }: Running) {
  return cluster.nodes.map(({ name, gpus, gpu, cores }) => ({
    name,
    hostname: `${name}.${cluster.name}.example`,
    address: name,
    state: ['MIXED'],
    gres: `gpu:${gpu}:${gpus}`,
    tres: `cpu=${cores},mem=512G,billing=${cores},gres/gpu=${gpus}`,
    cpus: cores,
    real_memory: 524_288,
    boot_time: number(undefined),
    partitions: ['gpu'],
  }));
}

function jobsOf({ jobs }: Running) {
  return jobs.map(({ id, job, indexes, tenure: { startedAt, endedAt } }) => ({
    job_id: id,
    name: job.name,
    user_name: job.user,
    job_state: [endedAt === undefined ? 'RUNNING' : 'CANCELLED'],
    start_time: number(seconds(startedAt)),
    end_time: number(endedAt && seconds(endedAt)),
    nodes: job.node,
    gres_detail: endedAt === undefined ? [`gpu:${job.gpus}(IDX:${indexes.join(',')})`] : [],
    tres_alloc_str: `cpu=${job.gpus * 8},node=1,gres/gpu=${job.gpus}`,
    cpus: number(job.gpus * 8),
    tasks: number(1),
    partition: 'gpu',
    account: 'biophysics',
    qos: 'normal',
    state_reason: 'None',
    dependency: '',
  }));
}
