import { z } from 'zod';
import { type Entry, gpusAsked, labelsOf } from './entry.ts';
import { expandHostlist } from './hostlist.ts';
import { type Gpus, gpusInGres, gpusInTres } from './tres.ts';

/**
 * A number as any release writes it: plain and null until 23.02, since then more and more often
 * `{ set, infinite, number }`. Undefined where it is not set or infinite.
 */
export const Num = z
  .union([
    z.number(),
    z.null(),
    z.looseObject({ set: z.boolean(), infinite: z.boolean().optional(), number: z.number() }),
  ])
  .transform((value) => {
    if (value === null || typeof value === 'number') return value ?? undefined;
    return value.set && !value.infinite ? value.number : undefined;
  })
  .optional();

export const Text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** Until 22.05 by name of the node, since 24.05 by its place among the job's nodes. */
const Resources = z
  .looseObject({
    allocated_nodes: z
      .array(
        z.looseObject({
          nodename: z.string(),
          sockets: z.record(
            z.string(),
            z.looseObject({ cores: z.record(z.string(), z.string()).optional() }),
          ),
        }),
      )
      .optional()
      .catch(undefined),
    nodes: z
      .looseObject({
        allocation: z.array(
          z.looseObject({ name: z.string(), cpus: z.looseObject({ count: z.number() }) }),
        ),
      })
      .optional()
      .catch(undefined),
  })
  .nullish()
  .catch(undefined);

/** One job as `squeue --json` prints it, and slurmrestd gives it. */
export const QueuedJob = z.looseObject({
  job_id: z.number().int(),
  array_job_id: Num,
  array_task_id: Num,
  array_task_string: Text,
  het_job_id: Num,
  name: Text,
  user_name: Text,
  user_id: z.union([z.number(), z.string()]).nullish(),
  job_state: z.union([z.string().transform((state) => [state]), z.array(z.string())]),
  start_time: Num,
  end_time: Num,
  time_limit: Num,
  nodes: Text,
  gres_detail: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? []),
  tres_alloc_str: Text,
  tres_per_node: Text,
  tres_per_job: Text,
  tres_per_task: Text,
  cpus: Num,
  tasks: Num,
  job_resources: Resources,
  partition: Text,
  account: Text,
  qos: Text,
  state_reason: Text,
  dependency: Text,
});
export type QueuedJob = z.infer<typeof QueuedJob>;

const Problem = z.looseObject({ description: Text, error: Text, source: Text });
const Queue = z.looseObject({
  errors: z
    .array(Problem)
    .nullish()
    .transform((value) => value ?? []),
  jobs: z.array(QueuedJob).nullish(),
});

/**
 * The jobs in the output of `squeue --json`, of 21.08 to 25.11, or what went wrong: 22.05 prints an
 * empty list and exits with 0 where the controller is down. Throws where it is not that output.
 *
 * Shapes: https://slurm.schedmd.com/rest_api.html#v0.0.41_job_info and the output of 22.05.
 */
export function parseQueueJson(text: string): { entries: Entry[] } | { problem: string } {
  const { errors, jobs } = Queue.parse(JSON.parse(text));
  if (errors.length > 0 || !jobs) {
    const said = errors.map(({ source, description, error }) =>
      [source, description, error].filter((part) => part !== '').join(': '),
    );
    return { problem: said.join('\n') || 'no list of jobs' };
  }
  return { entries: jobs.map(toEntry) };
}

export function toEntry(job: QueuedJob): Entry {
  const id = String(job.job_id);
  const nodes = expandHostlist(job.nodes);
  const gpus =
    gpusInTres(job.tres_alloc_str)?.count ??
    gpusAsked(
      {
        perNode: gpusInGres(job.tres_per_node),
        perTask: gpusInGres(job.tres_per_task),
        perJob: gpusInGres(job.tres_per_job),
      },
      { nodes: nodes.length, tasks: job.tasks ?? nodes.length },
    );
  const states = job.job_state.map((state) => state.toUpperCase());
  return {
    id,
    ...(job.array_job_id && { array: arrayOf(job, String(job.array_job_id)) }),
    ...(job.het_job_id && { hetId: String(job.het_job_id) }),
    name: job.name,
    user: job.user_name || String(job.user_id ?? ''),
    states,
    ...(job.start_time && { startedAt: job.start_time * 1000 }),
    ...(job.end_time && { endsAt: job.end_time * 1000 }),
    limited: job.time_limit !== undefined,
    nodes,
    held: heldOf(job, nodes),
    ...(gpus !== undefined && { gpus }),
    ...(job.cpus !== undefined && { cores: job.cpus }),
    labels: labelsOf({
      partition: job.partition,
      account: job.account,
      qos: job.qos,
      reason: job.state_reason,
    }),
    dependency: job.dependency,
  };
}

function arrayOf(job: QueuedJob, id: string): NonNullable<Entry['array']> {
  if (job.array_task_string !== '') return { id, waiting: job.array_task_string };
  return { id, ...(job.array_task_id !== undefined && { task: String(job.array_task_id) }) };
}

/** `gres_detail` has a text a node; it is empty once the job has ended. */
function heldOf(job: QueuedJob, nodes: readonly string[]): NonNullable<Entry['held']> {
  const cores = coresByNode(job);
  const detailed = job.gres_detail.length === nodes.length;
  return nodes.map((name, index) => {
    const gpus: Gpus | undefined = detailed
      ? (gpusInGres(job.gres_detail[index] ?? '') ?? { count: 0 })
      : undefined;
    const count = cores.get(name);
    return { ...(gpus && { gpus }), ...(count !== undefined && { cores: count }) };
  });
}

/** In CPUs, which Slurm counts by threads or cores as the cluster is set up. */
function coresByNode(job: QueuedJob): Map<string, number> {
  const { allocation } = job.job_resources?.nodes ?? {};
  if (allocation) return new Map(allocation.map(({ name, cpus }) => [name, cpus.count]));
  const cores = (job.job_resources?.allocated_nodes ?? []).map(
    ({ nodename, sockets }) =>
      [
        nodename,
        Object.values(sockets)
          .flatMap((socket) => Object.values(socket.cores ?? {}))
          .filter((state) => /^allocated/i.test(state)).length,
      ] as const,
  );
  const all = cores.reduce((sum, [, count]) => sum + count, 0);
  const threads = all > 0 && job.cpus !== undefined ? job.cpus / all : 1;
  return new Map(cores.map(([name, count]) => [name, count * threads]));
}
