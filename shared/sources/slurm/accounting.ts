import { type Entry, labelsOf } from './entry.ts';
import { expandHostlist } from './hostlist.ts';
import { parseRecords } from './records.ts';
import { gpusInTres } from './tres.ts';

/** What is asked for by `sacct --format`. The name comes last: it may hold anything. */
const FIELDS = [
  'JobID',
  'JobIDRaw',
  'User',
  'State',
  'Start',
  'End',
  'NodeList',
  'AllocCPUS',
  'AllocTRES',
  'Partition',
  'Account',
  'QOS',
  'JobName',
] as const;

/** Asks for the jobs that have ended within the last hour, one record a job, steps left out. */
export function accountingArguments(between: string, onlyMine: boolean): string[] {
  return [
    ...(onlyMine ? [] : ['--allusers']),
    '--allocations',
    '--noheader',
    '--parsable2',
    `--delimiter=${between}`,
    '--starttime=now-1hour',
    '--endtime=now',
    '--state=BF,CA,CD,DL,F,NF,OOM,PR,TO',
    `--format=${FIELDS.join(',')}`,
  ];
}

/** The ended jobs in that output. Throws a RangeError where it is not that. */
export function parseAccounting(text: string, between: string): Entry[] {
  return parseRecords(text, FIELDS, between).map((job) => {
    const [, id = job.JobID, task, offset] = /^(\d+)(?:_(\d+)|\+(\d+))?/.exec(job.JobID) ?? [];
    const gpus = gpusInTres(job.AllocTRES)?.count;
    const nodes = expandHostlist(job.NodeList);
    return {
      id: job.JobIDRaw.replace(/\D.*$/s, ''),
      ...(task !== undefined && { array: { id, task } }),
      ...(offset !== undefined && { hetId: id }),
      name: job.JobName,
      user: job.User,
      // `CANCELLED by 1000`
      states: job.State.toUpperCase().split(' ').slice(0, 1),
      ...(/^\d+$/.test(job.Start) && { startedAt: Number(job.Start) * 1000 }),
      ...(/^\d+$/.test(job.End) && { endsAt: Number(job.End) * 1000 }),
      limited: false,
      nodes,
      ...(gpus !== undefined && { gpus }),
      ...(/^\d+$/.test(job.AllocCPUS) && { cores: Number(job.AllocCPUS) }),
      labels: labelsOf({ partition: job.Partition, account: job.Account, qos: job.QOS }),
      dependency: '',
    };
  });
}
