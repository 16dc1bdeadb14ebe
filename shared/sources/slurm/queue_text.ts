import { type Entry, gpusAsked, labelsOf } from './entry.ts';
import { expandHostlist } from './hostlist.ts';
import { parseRecords } from './records.ts';
import { gpusInGres, gpusInTres } from './tres.ts';

/** What is asked for by `squeue --Format`. The name comes last: it may hold anything. */
const FIELDS = [
  'JobID',
  'ArrayJobID',
  'ArrayTaskID',
  'HetJobID',
  'UserName',
  'State',
  'StartTime',
  'EndTime',
  'TimeLimit',
  'NodeList',
  'NumCPUs',
  'NumTasks',
  'tres-alloc',
  'tres-per-node',
  'tres-per-job',
  'tres-per-task',
  'Partition',
  'Account',
  'QOS',
  'Reason',
  'Dependency',
  'Name',
] as const;

/** The argument of `--Format`: a field with a suffix is printed in full, and never padded. */
export function formatWith(between: string): string {
  return FIELDS.map((field) => (field === 'Name' ? 'Name:' : `${field}:${between}`)).join(',');
}

/** The jobs in that output. Throws a RangeError where it is not that. */
export function parseQueueText(text: string, between: string): Entry[] {
  return parseRecords(text, FIELDS, between).map((job) => {
    const nodes = expandHostlist(job.NodeList);
    const gpus =
      gpusInTres(job['tres-alloc'])?.count ??
      gpusAsked(
        {
          perNode: gpusInGres(job['tres-per-node']),
          perTask: gpusInGres(job['tres-per-task']),
          perJob: gpusInGres(job['tres-per-job']),
        },
        { nodes: nodes.length, tasks: Number(job.NumTasks) || nodes.length },
      );
    const array = arrayOf(job);
    return {
      id: job.JobID,
      ...(array && { array }),
      ...(isNumber(job.HetJobID) && job.HetJobID !== '0' && { hetId: job.HetJobID }),
      name: job.Name,
      user: job.UserName,
      states: [job.State.toUpperCase()],
      ...(isNumber(job.StartTime) && { startedAt: Number(job.StartTime) * 1000 }),
      ...(isNumber(job.EndTime) && { endsAt: Number(job.EndTime) * 1000 }),
      limited: /\d/.test(job.TimeLimit),
      nodes,
      ...(gpus !== undefined && { gpus }),
      ...(isNumber(job.NumCPUs) && { cores: Number(job.NumCPUs) }),
      labels: labelsOf({
        partition: job.Partition,
        account: job.Account,
        qos: job.QOS,
        reason: job.Reason,
      }),
      dependency: job.Dependency === '(null)' ? '' : job.Dependency,
    };
  });
}

/** Of a job that is no array, the array's id is its own and there is no element. */
function arrayOf(job: Record<'ArrayJobID' | 'ArrayTaskID', string>): Entry['array'] {
  const task = job.ArrayTaskID;
  if (!isNumber(job.ArrayJobID) || !/\d/.test(task)) return undefined;
  return { id: job.ArrayJobID, ...(isNumber(task) ? { task } : { waiting: task }) };
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/**
 * What a job holds of each of its nodes, in the output of `scontrol show job -d`: lines such as
 * `Nodes=gpu-[1-2] CPU_IDs=0-3 Mem=0 GRES=gpu:a100:2(IDX:0-1)`. Undefined where that is not there,
 * and of a job that no longer runs: of its GPUs Slurm tells nothing, as if it had held none.
 * A job's name may forge such lines; they are about that job alone.
 */
export function parseHeld(text: string, nodes: readonly string[]): Entry['held'] {
  if (!/^ +JobState=RUNNING\b/m.test(text)) return undefined;
  const held = new Map<string, NonNullable<Entry['held']>[number]>();
  for (const [, list = '', cpus = '', gres = ''] of text.matchAll(
    /^ +Nodes=(\S+) CPU_IDs=(\S*) Mem=\S* GRES(?:_IDX)?=(\S*) *$/gm,
  )) {
    const gpus = gpusInGres(gres) ?? { count: 0 };
    const cores = cpus.split(',').reduce((sum, range) => {
      const [from, to = from] = range.split('-').map(Number);
      return sum + (from === undefined || to === undefined ? 0 : to - from + 1);
    }, 0);
    for (const node of expandHostlist(list)) held.set(node, { gpus, ...(cores > 0 && { cores }) });
  }
  const each = nodes.flatMap((node) => held.get(node) ?? []);
  return each.length === nodes.length && each.length > 0 ? each : undefined;
}
