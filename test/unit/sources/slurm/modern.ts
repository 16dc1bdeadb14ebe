/** What differs from one job to another in these tests. */
interface Differs {
  job_id: number;
  job_state?: string[];
  nodes?: string;
  user_name?: string;
  gres_detail?: string[];
  tres_alloc_str?: string;
  array_job_id?: number;
  array_task_id?: number;
  array_task_string?: string;
  limit?: number | undefined;
  allocation?: { name: string; cpus: number }[];
}

const set = (number: number | undefined) =>
  number === undefined
    ? { set: false, infinite: true, number: 0 }
    : { set: true, infinite: false, number };

/** A job in the shape of `squeue --json` since 24.05 (data_parser/v0.0.41), the parts that matter. */
export function job(differs: Differs): Record<string, unknown> {
  const { array_job_id = 0, array_task_id, allocation = [], ...rest } = differs;
  const limit = 'limit' in rest ? rest.limit : 120;
  return {
    account: 'lab',
    array_job_id: set(array_job_id),
    array_task_id: {
      set: array_task_id !== undefined,
      infinite: false,
      number: array_task_id ?? 0,
    },
    array_task_string: '',
    cpus: set(96),
    dependency: '',
    end_time: set(1_746_700_512),
    exit_code: { status: ['SUCCESS'], return_code: set(0) },
    gres_detail: [],
    het_job_id: set(0),
    het_job_offset: set(0),
    job_resources: {
      select_type: ['CORE'],
      nodes: {
        count: allocation.length,
        list: rest.nodes ?? 'n1',
        whole: false,
        allocation: allocation.map(({ name, cpus }, index) => ({
          index,
          name,
          cpus: { count: cpus, used: 0 },
          memory: { used: 0, allocated: 15_737 },
          sockets: [{ index: 0, cores: [{ index: 0, status: ['ALLOCATED'] }] }],
        })),
      },
      cpus: 96,
    },
    job_state: ['RUNNING'],
    name: 'train',
    nodes: 'n1',
    partition: 'gpu',
    qos: 'normal',
    start_time: set(1_746_693_312),
    state_reason: 'None',
    tasks: set(1),
    time_limit: set(limit),
    tres_alloc_str: 'cpu=96,node=1',
    tres_per_job: '',
    tres_per_node: '',
    tres_per_task: '',
    user_id: 1001,
    user_name: 'ada',
    ...rest,
  };
}

export function queue(...jobs: Record<string, unknown>[]): string {
  const meta = { slurm: { version: { major: '24', micro: '3', minor: '05' }, release: '24.05.3' } };
  return JSON.stringify({ jobs, last_update: set(1_746_693_325), meta, errors: [], warnings: [] });
}
