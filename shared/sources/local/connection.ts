import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import { formatMoney, toMicros } from '../../model/money.ts';
import type { Sample } from '../../model/sample.ts';
import {
  type Check,
  type Connection,
  type Observation,
  type ObserveRequest,
  SourceError,
  type Surroundings,
} from '../source.ts';
import { usesInContainer } from './container.ts';
import type { Gpu } from './gpu_tool.ts';
import { Gpus } from './gpus.ts';
import { jobsOf } from './jobs.ts';
import { JobLogs } from './logs.ts';
import { type Machine, nodeIdOf, nodeOf, readMachine } from './machine.ts';
import { Processes } from './processes.ts';
import type { Settings } from './settings.ts';
import { planStop, stop } from './stop.ts';
import { readTraffic } from './traffic.ts';

/** This machine, watched. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Omit<Connection, 'close'>> {
  const { clock, user, platform } = surroundings;
  const gpus = new Gpus(account.id, surroundings);
  const processes = new Processes(surroundings);
  const openedAt = clock.now();
  const logs = new JobLogs(surroundings, settings);
  /** As last seen: their logs are read with the telemetry, which is asked for more often. */
  let jobs: Job[] = [];
  let known: Machine | undefined;

  /** Read once: its facts do not change, and must not seem to (the boot time is rounded). */
  async function machine(signal: AbortSignal): Promise<Machine> {
    known ??= await readMachine(surroundings, signal);
    return known;
  }

  async function look(withUses: boolean, here: Machine, signal: AbortSignal) {
    const read = await gpus.read(signal, withUses && !here.contained);
    if (withUses && here.contained)
      read.uses = await usesInContainer(read.gpus, processes, surroundings, account.id, signal);
    return read;
  }

  async function observe({ what, signal }: ObserveRequest): Promise<Observation> {
    signal.throwIfAborted();
    const here = await machine(signal);
    const withJobs = what.has('jobs') && platform === 'linux';
    const read = await look(withJobs, here, signal);
    const at = clock.now();
    const node = nodeOf(account.id, here, read.gpus, user.name, settings, openedAt);
    if (withJobs) jobs = await jobsOf(read.uses, account.id, here, processes, user.uid, signal);
    return {
      at,
      ...(what.has('nodes') && { nodes: [node] }),
      ...(withJobs && { jobs }),
      ...(what.has('telemetry') && {
        samples: read.gpus.map((gpu) => toSample(gpu, nodeIdOf(account.id, here), at)),
        progress: await logs.read(jobs, nodeIdOf(account.id, here), signal),
        traffic: await readTraffic(surroundings, nodeIdOf(account.id, here), clock.now()),
      }),
      ...(read.failures.length > 0 && { partial: read.failures }),
    };
  }

  async function diagnose(signal: AbortSignal): Promise<Check[]> {
    try {
      const here = await machine(signal);
      const { gpus: all, uses, failures } = await look(platform === 'linux', here, signal);
      const count = counted(all.length, 'GPU');
      const users = new Set(uses.map(({ pid }) => pid)).size;
      const price =
        settings.pricePerHour === undefined
          ? 'it has no price: set sources.local.pricePerHour in burnrate.yaml'
          : `${formatMoney(toMicros(settings.pricePerHour))} an hour by your burnrate.yaml`;
      const jobs: Check =
        platform === 'linux'
          ? {
              capability: 'jobs',
              ok: true,
              message: `${counted(users, 'process', 'processes')} on GPUs`,
            }
          : {
              capability: 'jobs',
              ok: false,
              message: `which processes belong together cannot be told on ${platform}`,
              remedy: 'Jobs are seen on Linux; GPUs and cost are seen here too.',
            };
      return [
        { capability: 'connect', ok: true, message: `${here.hostName}: ${count}` },
        { capability: 'nodes', ok: true, message: price },
        { capability: 'telemetry', ok: true, message: `${count} read` },
        ...failures.map(
          ({ message, remedy }): Check => ({ capability: 'telemetry', ok: false, message, remedy }),
        ),
        jobs,
        await checkStop(processes, account.id, signal),
      ];
    } catch (error) {
      const failure = error instanceof SourceError ? error : undefined;
      return [
        {
          capability: 'connect',
          ok: false,
          message: failure?.message ?? `no answer: ${(error as Error).message}`,
          remedy: failure?.remedy ?? "Try the GPU's tool in a terminal: nvidia-smi or rocm-smi",
        },
      ];
    }
  }

  return {
    observe,
    diagnose,
    planStop: async (job, signal) =>
      planStop(job, await machine(signal), processes, surroundings, signal),
    stop: async (job, _plan, signal) =>
      stop(job, await machine(signal), processes, surroundings, signal),
  };
}

/** Whether what a stop needs is there. */
async function checkStop(
  processes: Processes,
  account: string,
  signal: AbortSignal,
): Promise<Check> {
  try {
    await processes.treeOf(globalThis.process.pid, account, signal);
    return { capability: 'stop', ok: true, message: 'may end processes of yours, by SIGTERM' };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { capability: 'stop', ok: false, message: error.message, remedy: error.remedy };
  }
}

function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

function toSample({ index, uuid, name, ...figures }: Gpu, node: string, at: number): Sample {
  return {
    at,
    node,
    gpu: uuid,
    gpuIndex: index,
    ...(name !== undefined && { model: name }),
    ...figures,
  };
}
