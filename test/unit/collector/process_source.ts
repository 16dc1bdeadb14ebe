import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Job } from '@burnrate/shared/model/job.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import type { Sample } from '@burnrate/shared/model/sample.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import {
  type Connection,
  defineSource,
  type Observation,
  SourceError,
} from '@burnrate/shared/sources/source.ts';
import { z } from 'zod';

/** Of every node and job, as the test's home says: it is the same for each collector of that home. */
const LAUNCHED_AT = Number(process.env.TEST_LAUNCHED_AT);

/** What a test writes as `<folder>/<pid>.json` to make a real process a job. */
export interface JobFile {
  name: string;
  mine?: boolean;
  limitAt?: number;
}

const Settings = z
  .strictObject({ folders: z.array(z.string()).default([]), pricePerHour: z.number().default(32) })
  .prefault({});

/**
 * A source over real processes of this machine. Each folder is an account with one node; each
 * `<pid>.json` in it is a job, which runs while that process lives, and a stop is a SIGTERM. Files
 * in the folder change how it behaves: `hang`, `deny`, `deny-stop`, `slow-search`, `slow-plan` and
 * `slow-stop` (answered when the file is gone), `busy` (its text is the activity of the GPU, 0 to 1),
 * `quoted-once` (else each answer has the price anew), `nothing-new` (for an hour).
 */
export const processes = processesAs('processes', 'Processes');

/** The same as another source, which is asked on its own. */
export function processesAs(id: string, title: string) {
  return defineSource<z.infer<typeof Settings>>({
    id,
    title,
    capabilities: ['nodes', 'jobs', 'telemetry', 'stop'],
    cadence: {
      nodes: { everyMs: 300, deadlineMs: 3000, costMicros: 0 },
      jobs: { everyMs: 300, deadlineMs: 3000, costMicros: 0 },
      telemetry: { everyMs: 400, deadlineMs: 3000, costMicros: 10_000 },
    },
    settings: Settings,
    discover: async (_surroundings, { folders }) => {
      await until(() => !folders.some((folder) => existsSync(join(folder, 'slow-search'))));
      return {
        accounts: folders.map((folder) => ({
          id: `${id}:${folder}`,
          source: id,
          name: folder,
          foundIn: 'burnrate.yaml',
          options: { folder },
        })),
        looked: folders.length > 0 ? [] : [`burnrate.yaml: sources.${id}.folders is empty`],
      };
    },
    open: (account, { clock }, { pricePerHour }): Connection => {
      const folder = String(account.options.folder);
      const has = (name: string) => existsSync(join(folder, name));
      const refuse = (kind: 'denied' | 'unreachable', message: string) =>
        new SourceError(kind, { account: account.id, message, remedy: `remove it from ${folder}` });
      return {
        observe: async ({ what }) => {
          // Truly deaf: it does not even hear its signal.
          if (has('hang')) await new Promise<never>(() => {});
          if (has('deny')) throw refuse('denied', 'the file deny is there');
          const at = clock.now();
          const observation: Observation = { at };
          if (what.has('nodes'))
            observation.nodes = [
              nodeOf(account.id, pricePerHour, has('quoted-once') ? LAUNCHED_AT : at),
            ];
          if (what.has('jobs')) observation.jobs = await jobsIn(folder, account.id);
          if (what.has('telemetry')) observation.samples = await samplesIn(folder, account.id, at);
          if (has('nothing-new')) observation.nextAt = { from: at + HOUR, to: at + HOUR };
          return observation;
        },
        diagnose: async () => {
          if (!has('deny')) return [{ capability: 'jobs', ok: true, message: `reads ${folder}` }];
          const { message, remedy } = refuse('denied', 'the file deny is there');
          return [{ capability: 'jobs', ok: false, message, remedy }];
        },
        planStop: async (job) => {
          if (has('slow-plan')) await until(() => !has('slow-plan'));
          if (has('deny-plan')) throw refuse('denied', 'the file deny-plan is there');
          return {
            jobId: job.id,
            action: `Send SIGTERM to process ${job.nativeId}`,
            equivalent: `kill ${job.nativeId}`,
            loses: ['what the process has not saved'],
            keeps: ['the machine, which goes on costing money'],
            reversible: false,
          };
        },
        stop: async (job) => {
          if (has('deny-stop')) throw refuse('denied', 'the file deny-stop is there');
          process.kill(Number(job.nativeId), 'SIGTERM');
          if (has('slow-stop')) await until(() => !has('slow-stop'));
        },
      };
    },
  });
}

/** The source of an account, by its id. */
function sourceOf(account: string): string {
  return account.slice(0, account.indexOf(':'));
}

function nodeOf(account: string, pricePerHour: number, asOf: number): Node {
  return {
    id: `${account}:node`,
    source: sourceOf(account),
    account,
    name: 'node',
    aliases: [`host-of-${account}`],
    gpus: { count: 1, model: 'Test GPU' },
    state: 'running',
    launchedAt: LAUNCHED_AT,
    billing: PER_SECOND,
    mine: false,
    rate: {
      microsPerHour: Math.round(pricePerHour * 1_000_000),
      provenance: 'quoted',
      basis: 'test',
      asOf,
    },
    labels: {},
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(20);
}

async function jobsIn(folder: string, account: string): Promise<Job[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  return Promise.all(
    names.map(async (name): Promise<Job> => {
      const pid = Number(name.slice(0, -'.json'.length));
      const file = JSON.parse(await readFile(join(folder, name), 'utf8')) as JobFile;
      const runs = isAlive(pid);
      return {
        id: `${account}:${pid}`,
        source: sourceOf(account),
        account,
        nativeId: String(pid),
        name: file.name,
        owner: file.mine === false ? 'bob' : 'ada',
        mine: file.mine !== false,
        level: 'process',
        state: runs ? 'running' : 'ended',
        startedAt: LAUNCHED_AT,
        ...(!runs && { endedAt: endOf(pid) }),
        ...(file.limitAt !== undefined && { limitAt: file.limitAt }),
        shares: [{ node: `${account}:node` }],
        labels: {},
      };
    }),
  );
}

async function samplesIn(folder: string, account: string, at: number): Promise<Sample[]> {
  const path = join(folder, 'busy');
  if (!existsSync(path)) return [];
  const engineActive = Number(await readFile(path, 'utf8'));
  return [{ at, node: `host-of-${account}`, gpu: 'GPU-0', gpuIndex: 0, engineActive }];
}

const ends = new Map<number, number>();

function endOf(pid: number): number {
  const end = ends.get(pid) ?? Date.now();
  ends.set(pid, end);
  return end;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
