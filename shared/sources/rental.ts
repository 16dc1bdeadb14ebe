import type { Account } from '../model/account.ts';
import { counted } from '../model/count.ts';
import type { Job } from '../model/job.ts';
import type { Leftover } from '../model/leftover.ts';
import { isBilled, type Node } from '../model/node.ts';
import type { Sample } from '../model/sample.ts';
import type { Clock, Instant } from '../model/time.ts';
import { check } from './check.ts';
import { leftoversFound, unlessDenied } from './leftovers.ts';
import { type Stopping, stoppingOf } from './rental_stop.ts';
import { machineJobs, quotesOf } from './rented.ts';
import {
  type Check,
  type Connection,
  type Observation,
  type ObserveRequest,
  SourceError,
} from './source.ts';

/** An account of rented machines: one reading shows what runs and what each costs. */
export interface Rental<Seen> {
  account: Account;
  clock: Clock;
  /** Rejects with a SourceError. */
  read(signal: AbortSignal): Promise<Seen>;
  nodesOf(seen: Seen): Node[];
  /** Default: each machine is a job. */
  jobsOf?(nodes: readonly Node[], now: Instant): Job[];
  samplesOf?(seen: Seen, signal: AbortSignal): Sample[] | Promise<Sample[]>;
  /** What is paid for beside the machines and used by nothing. Rejects with a SourceError. */
  leftovers?(signal: AbortSignal): Promise<Leftover[]>;
  /** What the doctor says of stops, which cannot be tried. */
  stopUntried: string;
  close(): void;
}

/** An open account of rented machines. */
export function connectRental<Seen, Machine>(
  rental: Rental<Seen>,
  stopping: Stopping<Machine>,
): Required<Connection> {
  return {
    observe: (request) => observeRental(rental, request),
    diagnose: (signal) => diagnoseRental(rental, signal),
    ...stoppingOf(stopping),
    close: async () => rental.close(),
  };
}

async function observeRental<Seen>(
  rental: Rental<Seen>,
  request: ObserveRequest,
): Promise<Observation> {
  const { what, signal } = request;
  const alone = what.has('leftovers') && what.size === 1;
  const observation = alone ? { at: rental.clock.now() } : await observeMachines(rental, request);
  if (!what.has('leftovers') || !rental.leftovers) return observation;
  try {
    const leftovers = await unlessDenied(rental.leftovers(signal));
    return { ...observation, ...(leftovers && { leftovers }) };
  } catch (error) {
    if (!(error instanceof SourceError) || alone) throw error;
    return { ...observation, partial: [...(observation.partial ?? []), error] };
  }
}

/** Nodes, jobs and prices by one reading, and telemetry where there is some. */
async function observeMachines<Seen>(
  rental: Rental<Seen>,
  { what, signal }: ObserveRequest,
): Promise<Observation> {
  const seen = await rental.read(signal);
  const at = rental.clock.now();
  const nodes = rental.nodesOf(seen);
  const observation: Observation = {
    at,
    ...(what.has('nodes') && { nodes }),
    ...(what.has('jobs') && { jobs: (rental.jobsOf ?? machineJobs)(nodes, at) }),
    ...(what.has('prices') && { quotes: quotesOf(nodes) }),
  };
  if (!what.has('telemetry') || !rental.samplesOf) return observation;
  try {
    return { ...observation, samples: await rental.samplesOf(seen, signal) };
  } catch (error) {
    if (!(error instanceof SourceError) || what.size === 1) throw error;
    return { ...observation, partial: [error] };
  }
}

async function diagnoseRental<Seen>(rental: Rental<Seen>, signal: AbortSignal): Promise<Check[]> {
  const { account } = rental;
  let seen: Seen | undefined;
  let nodes: Node[] = [];
  const connect = await check('connect', account.name, async () => {
    seen = await rental.read(signal);
    nodes = rental.nodesOf(seen);
    return `the key in ${account.foundIn} is accepted`;
  });
  if (!connect.ok || seen === undefined) return [connect];
  const gpus = nodes.reduce((sum, node) => sum + node.gpus.count, 0);
  const running = nodes.filter(isBilled);
  const mine = running.filter((node) => node.mine).length;
  const priced = running.filter(({ rate }) => rate).length;
  const lines: Check[] = [
    connect,
    {
      capability: 'nodes',
      ok: true,
      message: `${counted(nodes.length, 'machine')} with ${counted(gpus, 'GPU')}`,
    },
    {
      capability: 'jobs',
      ok: true,
      message: `each machine is a job: ${running.length} running, ${mine} of them yours`,
    },
    {
      capability: 'prices',
      ok: true,
      message:
        running.length === 0
          ? 'none runs now; each comes with its own price'
          : `${priced} of ${counted(running.length, 'running machine')} came with its own price`,
    },
  ];
  const { samplesOf } = rental;
  if (samplesOf) {
    const read = seen;
    const telemetry = async () =>
      `${counted((await samplesOf(read, signal)).length, 'reading')} of how busy GPUs are`;
    lines.push(await check('telemetry', account.name, telemetry));
  }
  const { leftovers } = rental;
  if (leftovers) {
    const told = async () => leftoversFound(await leftovers(signal));
    lines.push(await check('leftovers', account.name, told));
  }
  return [...lines, { capability: 'stop', ok: true, message: rental.stopUntried }];
}
