import { stripVTControlCharacters } from 'node:util';

/** What was launched: whose source shows it, and by which native ids (see model/job_budget.ts). */
export interface Launched {
  source: string;
  nativeIds: string[];
  /** For people: `Slurm job 123`. */
  what: string;
}

/** A program that launches jobs elsewhere and says their ids in what it prints. */
export interface Launcher {
  /** What its jobs are, for people. */
  title: string;
  /** The jobs in what it printed, standard output and errors together; none where it named none. */
  jobsIn(output: string): Launched | undefined;
}

/**
 * The launcher that a command line is, or undefined: then the process itself is the job.
 * `sbatch`, `salloc`, `srun`; `sky launch`, `sky exec`, `sky jobs launch`; `kubectl create|apply|run`;
 * `aws ec2 run-instances`.
 */
export function launcherOf([program = '', ...args]: readonly string[]): Launcher | undefined {
  const words = args.filter((arg) => !arg.startsWith('-'));
  switch (program.slice(program.lastIndexOf('/') + 1)) {
    case 'sbatch':
    case 'salloc':
    case 'srun':
      return reading('Slurm', slurmJob);
    case 'sky':
      if (words[0] === 'jobs' && words[1] === 'launch') return reading('SkyPilot', managedJob);
      if (words[0] !== 'launch' && words[0] !== 'exec') return undefined;
      return reading('SkyPilot', (output) => skyCluster(output, args));
    case 'kubectl':
    case 'oc':
      if (!['create', 'apply', 'run', 'replace'].some((verb) => words.includes(verb)))
        return undefined;
      return reading('Kubernetes', (output) => kubernetesObjects(output, namespaceIn(args)));
    case 'aws':
      if (!words.includes('run-instances')) return undefined;
      return reading('AWS', instances);
    default:
      return undefined;
  }
}

function reading(title: string, jobsIn: Launcher['jobsIn']): Launcher {
  return { title, jobsIn: (output) => jobsIn(stripVTControlCharacters(output)) };
}

/** `Submitted batch job 12`, `12;cluster` of --parsable, `Granted job allocation 12`. */
function slurmJob(output: string): Launched | undefined {
  const said = /(?:Submitted batch job|job allocation|srun: job) (\d+)|^(\d+)(?:;\S+)?\s*$/m.exec(
    output,
  );
  const id = said?.[1] ?? said?.[2];
  if (id === undefined) return undefined;
  // The elements of an array go by names of their own.
  return { source: 'slurm', nativeIds: [id, `${id}_*`], what: `Slurm job ${id}` };
}

/** `Managed Job ID: 7` before 0.8, `Job submitted, ID: 7` since. */
function managedJob(output: string): Launched | undefined {
  const id = /(?:Managed job ID|Job submitted, ID):\s*(\d+)/i.exec(output)?.[1];
  if (id === undefined) return undefined;
  return { source: 'skypilot', nativeIds: [`job/${id}`], what: `SkyPilot managed job ${id}` };
}

/** As named by the person, else in the hints that SkyPilot prints: `sky cancel sky-1234-ada 1`. */
function skyCluster(output: string, args: readonly string[]): Launched | undefined {
  const name =
    optionOf(args, '-c', '--cluster') ??
    /Cluster name: (\S+)|sky (?:cancel|logs|queue|down) ([\w.-]+)/
      .exec(output)
      ?.slice(1)
      .find(Boolean);
  if (name === undefined) return undefined;
  return { source: 'skypilot', nativeIds: [name], what: `SkyPilot cluster ${name}` };
}

/** `job.batch/train created`, `pod/train configured`. */
function kubernetesObjects(output: string, namespace: string): Launched | undefined {
  const objects = [
    ...output.matchAll(/^([a-z]+)(?:\.[\w.-]+)?\/(\S+) (?:created|configured|replaced)/gm),
  ];
  const nativeIds = objects.map(([, kind, name]) => `${namespace}/${kind}/${name}/*`);
  if (nativeIds.length === 0) return undefined;
  const names = objects.map(([, kind, name]) => `${kind}/${name}`).join(', ');
  return { source: 'kubernetes', nativeIds, what: `Kubernetes ${names}` };
}

/** The namespace given, else any: the context's own is not known here. */
function namespaceIn(args: readonly string[]): string {
  return optionOf(args, '-n', '--namespace') ?? '*';
}

function instances(output: string): Launched | undefined {
  const ids = [...new Set(output.match(/\bi-[0-9a-f]{8,17}\b/g))];
  if (ids.length === 0) return undefined;
  const grouped =
    /"Key": "burnrate:job",\s*"Value": "([^"*]+)"|"Value": "([^"*]+)",\s*"Key": "burnrate:job"/.exec(
      output,
    );
  const name = grouped?.[1] ?? grouped?.[2];
  const group = name === undefined ? [] : [`job/${name}`, `job/${name}@*`];
  return { source: 'aws', nativeIds: [...ids, ...group], what: `AWS ${ids.join(', ')}` };
}

/** The value of an option as `-n ml`, `-nml`, `--namespace ml` or `--namespace=ml`. */
function optionOf(args: readonly string[], short: string, long: string): string | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === short || arg === long) return args[index + 1];
    if (arg.startsWith(`${long}=`)) return arg.slice(long.length + 1);
    if (arg.startsWith(short) && !arg.startsWith('--')) return arg.slice(short.length);
  }
  return undefined;
}

/** The process itself: the local source's ids are `boot-pid-start`. */
export function processLaunched(pid: number): Launched {
  return { source: 'local', nativeIds: [`*-${pid}-*`], what: `process ${pid}` };
}
