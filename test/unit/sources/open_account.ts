import type { Account } from '@burnrate/shared/model/account.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import type { StopPlan } from '@burnrate/shared/model/stop.ts';
import type {
  Connection,
  Observable,
  Observation,
  Source,
  Surroundings,
} from '@burnrate/shared/sources/source.ts';
import { type Handler, type Service, startService } from './service.ts';

/** An account whose service can be made to answer anything. */
export interface OpenAccount {
  account: Account;
  connection: Connection;
  service: Service;
  /** The API key, which nothing may show. */
  key: string;
  close(): Promise<void>;
}

export interface OpenOptions {
  key: string;
  /** Where the key is found. */
  surroundings: Surroundings;
  /** The section of burnrate.yaml, given where the service is. */
  section(url: string): Record<string, unknown>;
}

/** Starts a service, finds the account that the key opens, and opens it. */
export async function openAccount<Settings>(
  source: Source<Settings>,
  handler: Handler,
  { key, surroundings, section }: OpenOptions,
): Promise<OpenAccount> {
  const service = await startService(handler);
  const settings = source.settings.parse(section(service.url));
  const [account] = (await source.discover(surroundings, settings)).accounts;
  if (!account) throw new Error('no account was found');
  const connection = source.open(account, surroundings, settings);
  return {
    account,
    connection,
    service,
    key,
    close: async () => {
      await connection.close?.();
      await service.close();
    },
  };
}

/** Never at its end: whatever a test does, only the test's own limit ends it. */
export const patience = new AbortController().signal;

/** All that the account shows now. */
export function look(
  { connection }: OpenAccount,
  what: readonly Observable[] = ['nodes', 'jobs', 'prices', 'telemetry'],
): Promise<Observation> {
  return connection.observe({ what: new Set(what), wanted: [], signal: patience });
}

/** Opens an account, looks at it, and closes it after the task. */
export async function lookingAt(
  opening: Promise<OpenAccount>,
  task: (seen: Observation, place: OpenAccount) => void | Promise<void>,
): Promise<void> {
  const place = await opening;
  try {
    await task(await look(place), place);
  } finally {
    await place.close();
  }
}

/** What a stop of the job would do. */
export async function planOf({ connection }: OpenAccount, job: Job): Promise<StopPlan> {
  const plan = await connection.planStop?.(job, patience);
  if (!plan) throw new Error('it has no plan');
  return plan;
}

/** Plans the stop of a job and carries it out. */
export async function stopOf(place: OpenAccount, job: Job): Promise<void> {
  await place.connection.stop?.(job, await planOf(place, job), patience);
}

/** The one in a list that has exactly one. */
export function only<T>(list: readonly T[] | undefined): T {
  const [first, second] = list ?? [];
  if (first === undefined || second !== undefined)
    throw new Error(`${list?.length ?? 'none'} where exactly one was expected`);
  return first;
}
