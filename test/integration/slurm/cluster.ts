import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { debianPackages } from '../../debian.ts';
import { exitOf, isAlive, kill, until } from '../../unit/collector/live.ts';

const { run } = thisMachine();
const CLUSTER = 'lab';
const GPUS = 4;
const PATIENCE_MS = 60_000;
const folders = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Installs Slurm where it is missing; and `more` of Debian's packages; answers why it cannot be had here, as one line to skip tests with. */
export async function installSlurm(...more: string[]): Promise<string | undefined> {
  const missing = await debianPackages('slurmctld', 'slurmd', 'slurm-client', 'munge', ...more);
  if (missing) return missing;
  return process.getuid?.() === 0 ? undefined : 'Slurm starts jobs as their users: needs root';
}

/** A real Slurm of one's own: a controller, and nodes `gpu-1`, `gpu-2`, ... with 4 GPUs each. */
export interface SlurmCluster {
  /** The ClusterName: Burnrate's account is `slurm:lab`. */
  name: string;
  /** Its own, removed with it: what belongs to it may be put there. */
  folder: string;
  /** What a process needs to reach this cluster, and no other, by the usual commands. */
  env: { SLURM_CONF: string; PATH: string };
  /** `sbatch` of a script as text, with further arguments; answers the job's id. */
  submit(script: string, ...args: string[]): Promise<string>;
  /** Any of Slurm's commands; answers what it printed, rejects where it failed. */
  command(name: string, ...args: string[]): Promise<string>;
  /** The compact state of a job (`R`, `PD`, `CA`, ...); `undefined` where Slurm knows none. */
  stateOf(job: string): Promise<string | undefined>;
  /** Cancels every job of everybody, and waits until Slurm has nothing left to do for any. */
  cancelAll(): Promise<void>;
  /** Ends the controller, while nodes and jobs run on; started again, it knows all it knew. */
  stopController(): Promise<void>;
  startController(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts munged, slurmctld and a slurmd a node, all in a folder of their own, on ports that the
 * system chooses, so that several clusters can run at once. The GPUs are plain files: Slurm hands
 * them out and counts them as it does real ones. There is no accounting database; `tokens` lets
 * users have tokens (JWT), as slurmrestd needs them; `weights` are the
 * partition's for billing: of CPUs and memory, since those of GPUs need the database. Jobs really run
 * on this machine, as the user of the test (root). Call `installSlurm` before.
 *
 * ```ts
 * await using cluster = await slurmCluster();
 * const id = await cluster.submit('#!/bin/sh\nsleep 600', '--gres=gpu:2', '--job-name=train');
 * // give `cluster.env` to the process that is to see it
 * ```
 *
 * The disposal ends exactly the processes that were started here, jobs too, and removes the folder.
 */
export async function slurmCluster({
  nodes = 1,
  tokens = false,
  weights = '',
} = {}): Promise<SlurmCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-slurm-'));
  // Jobs of every user read their files here.
  chmodSync(folder, 0o755);
  const names = Array.from({ length: nodes }, (_, index) => `gpu-${index + 1}`);
  await writeConfiguration(folder, names, { tokens, weights });
  const conf = join(folder, 'slurm.conf');
  const env = { SLURM_CONF: conf, PATH: `${process.env.PATH ?? ''}:${folders}` };
  const daemons: ChildProcess[] = [];
  const start = (command: string, ...args: string[]) => {
    const child = spawn(join('/usr/sbin', command), args, { env, stdio: 'ignore', cwd: folder });
    daemons.push(child);
    return child;
  };
  const command = async (name: string, ...args: string[]) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    // Nothing else, lest variables of the person's change what a command does.
    const { code, stdout, stderr } = await run(name, args, { signal, env });
    if (code !== 0) throw new Error(`${name} ${args.join(' ')}: ${stderr.trim() || code}`);
    return stdout;
  };
  const startController = async () => {
    controller = start('slurmctld', '-D');
    await until('the controller to answer', () => answers(command('scontrol', 'ping'), 'is UP'));
  };
  let controller: ChildProcess | undefined;
  const cluster: SlurmCluster = {
    name: CLUSTER,
    folder,
    env,
    command,
    async submit(script, ...args) {
      const path = join(folder, `script-${randomBytes(6).toString('hex')}.sh`);
      writeFileSync(path, script);
      const where = ['--parsable', `--chdir=${folder}`, '--output=/dev/null'];
      return (await command('sbatch', ...where, ...args, path)).trim();
    },
    async stateOf(job) {
      const states = await command('squeue', '-h', '-t', 'all', '-o', '%i %t');
      return new Map(states.split('\n').map((line) => line.split(' ') as [string, string])).get(
        job,
      );
    },
    async cancelAll() {
      const ended = async () => {
        // Again each time: the controller may have begun an array's next element meanwhile.
        await command('scancel', '--partition=gpu');
        return (await command('squeue', '--noheader')) === '';
      };
      await until('all jobs to end', ended, PATIENCE_MS);
    },
    async stopController() {
      controller?.kill('SIGTERM');
      if (controller) await exitOf(controller);
    },
    startController,
    async [Symbol.asyncDispose]() {
      for (const daemon of daemons.toReversed()) {
        daemon.kill('SIGTERM');
        await exitOf(daemon);
      }
      await endAllIn(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    start('munged', '--foreground', '--force', ...munged(folder));
    await startController();
    for (const name of names) start('slurmd', '-D', '-N', name);
    await until(
      'all nodes to have registered',
      async () => {
        const said = await command('scontrol', 'show', 'node', '-o');
        const ready = said.split('\n').filter((line) => / State=IDLE .* BootTime=\d/.test(line));
        return ready.length === nodes;
      },
      PATIENCE_MS,
    );
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

/** Jobs outlive their slurmd, by design. */
async function endAllIn(folder: string): Promise<void> {
  await until('all jobs to end', () => {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const ours = pids.filter((pid) => isOf(folder, pid));
    for (const pid of ours) kill(Number(pid), 'SIGKILL');
    return ours.length === 0;
  });
}

/** Whether it is a process of a job of this cluster, or the daemon that Slurm gave that job. */
function isOf(folder: string, pid: string): boolean {
  if (!isAlive(Number(pid))) return false;
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return (
      environment.includes(`SLURM_CONF=${join(folder, 'slurm.conf')}`) &&
      (environment.some((one) => one.startsWith('SLURM_JOB_ID=')) ||
        readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('slurmstepd'))
    );
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

async function answers(output: Promise<string>, text: string): Promise<boolean> {
  return output.then(
    (said) => said.includes(text),
    // Not yet.
    () => false,
  );
}

function munged(folder: string): string[] {
  return [
    `--key-file=${join(folder, 'munge.key')}`,
    `--socket=${join(folder, 'munge.socket')}`,
    `--pid-file=${join(folder, 'munged.pid')}`,
    `--log-file=${join(folder, 'munged.log')}`,
    `--seed-file=${join(folder, 'munged.seed')}`,
  ];
}

async function writeConfiguration(
  folder: string,
  names: readonly string[],
  { tokens, weights }: { tokens: boolean; weights: string },
): Promise<void> {
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name));
  for (let index = 0; index < GPUS; index += 1) writeFileSync(join(folder, `gpu${index}`), '');
  writeFileSync(join(folder, 'munge.key'), randomBytes(256), { mode: 0o600 });
  const jwtKey = join(folder, 'jwt.key');
  if (tokens) writeFileSync(jwtKey, randomBytes(32), { mode: 0o600 });
  writeFileSync(
    join(folder, 'gres.conf'),
    `Name=gpu Type=a100 File=${folder}/gpu[0-${GPUS - 1}]\n`,
  );
  const [controllerPort, ...ports] = await freePorts(names.length + 1);
  const host = hostname().split('.')[0];
  const lines = [
    `ClusterName=${CLUSTER}`,
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${controllerPort}`,
    'SlurmUser=root',
    'SlurmdUser=root',
    'AuthType=auth/munge',
    'CredType=cred/munge',
    ...(tokens ? ['AuthAltTypes=auth/jwt', `AuthAltParameters=jwt_key=${jwtKey}`] : []),
    `AuthInfo=socket=${join(folder, 'munge.socket')}`,
    `StateSaveLocation=${join(folder, 'state')}`,
    `SlurmdSpoolDir=${join(folder, 'spool', '%n')}`,
    `SlurmctldPidFile=${join(folder, 'slurmctld.pid')}`,
    `SlurmdPidFile=${join(folder, 'slurmd-%n.pid')}`,
    `SlurmctldLogFile=${join(folder, 'slurmctld.log')}`,
    `SlurmdLogFile=${join(folder, 'slurmd-%n.log')}`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'SwitchType=switch/none',
    'MpiDefault=none',
    'JobAcctGatherType=jobacct_gather/none',
    'AccountingStorageType=accounting_storage/none',
    'JobCompType=jobcomp/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core',
    'SlurmdParameters=config_overrides',
    'GresTypes=gpu',
    // A job need not wait for its likes, so that a test need not either.
    'SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1',
    'ReturnToService=2',
    'KillWait=2',
    ...names.map(
      (name, index) =>
        `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[index]} CPUs=8 RealMemory=1000 Gres=gpu:a100:${GPUS} State=UNKNOWN`,
    ),
    `PartitionName=gpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP${weights && ` TRESBillingWeights="${weights}"`}`,
  ];
  writeFileSync(join(folder, 'slurm.conf'), `${lines.join('\n')}\n`);
}

/** Ports that nothing listens on now; all are held until all are known, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
