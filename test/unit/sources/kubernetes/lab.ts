import type { Job } from '@burnrate/shared/model/job.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { kubernetes } from '@burnrate/shared/sources/kubernetes/index.ts';
import type { Settings } from '@burnrate/shared/sources/kubernetes/settings.ts';
import type { Connection, Observation, Surroundings } from '@burnrate/shared/sources/source.ts';
import { kubeconfig, machineWith, withToken } from './machine.ts';
import { type ApiServer, startApi, type Thing } from './server.ts';

/** A cluster with what it holds, and Burnrate's connection to it. */
export interface Lab {
  server: ApiServer;
  connection: Connection;
  observe(): Promise<Observation>;
  nodes(): Promise<Node[]>;
  jobs(): Promise<Job[]>;
  /** The job of that name; fails where there is none. */
  job(name: string): Promise<Job>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const patience = () => AbortSignal.timeout(20_000);

export async function lab(
  things: Thing[],
  options: {
    settings?: unknown;
    user?: string;
    context?: string;
    present?: Partial<Surroundings>;
    plain?: boolean;
    /** Further files of the machine, by their paths. */
    files?: Record<string, string>;
  } = {},
): Promise<Lab> {
  const { settings, user = withToken, context, present, plain = false, files = {} } = options;
  const server = await startApi(things, { plain });
  const surroundings = machineWith(kubeconfig(server, user, context), present, files);
  const parsed = kubernetes.settings.parse(settings) as Settings;
  const { accounts } = await kubernetes.discover(surroundings, parsed);
  const [account] = accounts;
  if (!account) throw new Error('no account was found');
  const connection = kubernetes.open(account, surroundings, parsed);
  const observe = () =>
    connection.observe({ what: new Set(['nodes', 'jobs']), wanted: [], signal: patience() });
  const jobs = async () => {
    const { jobs: seen, partial } = await observe();
    if (!seen) throw partial?.[0] ?? new Error('no jobs were read');
    return seen;
  };
  return {
    server,
    connection,
    observe,
    nodes: async () => (await observe()).nodes ?? [],
    jobs,
    async job(name) {
      const all = await jobs();
      const found = all.find((job) => job.name === name);
      if (!found) throw new Error(`no job ${name} among ${all.map((job) => job.name).join(', ')}`);
      return found;
    },
    async [Symbol.asyncDispose]() {
      await connection.close?.();
      await server.close();
    },
  };
}
