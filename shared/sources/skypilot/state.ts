import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Instant } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { clustersOf } from './clusters.ts';
import { inRuntime } from './home.ts';
import type { Launched, Machines } from './launched.ts';
import { parseAccelerators } from './resources.ts';
import { ClusterRecord } from './wire.ts';

/** Where SkyPilot keeps its clusters on a machine that runs the API server. */
export function statePath(surroundings: Surroundings): string {
  return inRuntime(surroundings, 'state.db');
}

export function hasState(surroundings: Surroundings): boolean {
  return existsSync(statePath(surroundings));
}

/** The columns that are plain text and numbers. Others hold Python's objects, and are left alone. */
const COLUMNS = [
  'name',
  'cluster_hash',
  'launched_at',
  'status',
  'status_updated_at',
  'cluster_ever_up',
  'autostop',
  'to_down',
  'user_hash',
  'workspace',
  'cloud',
  'region',
  'zone',
  'node_names',
  'last_creation_yaml',
] as const;
type Row = Partial<Record<(typeof COLUMNS)[number] | 'user_name' | 'yaml', string | number | null>>;

/**
 * The clusters in SkyPilot's own database, read without its help: which there are, whose, since
 * when, and of what machines, by the file that they were launched with. The state is as SkyPilot
 * last wrote it. `managed` are those of managed jobs and of services' replicas. Throws a SourceError where the file is not there or is none.
 * sky/global_user_state.py, cluster_table and cluster_yaml_table
 */
export function readState(
  surroundings: Surroundings,
  account: string,
  now: Instant,
  whose: 'own' | 'managed' = 'own',
): Launched[] {
  const path = statePath(surroundings);
  try {
    return rowsOf(path, whose).flatMap((row) => toCluster(row, now));
  } catch (error) {
    const missing = !existsSync(path);
    throw new SourceError(missing ? 'not-configured' : 'malformed', {
      account,
      message: missing
        ? `SkyPilot's API server does not run, and ${path} is not there`
        : `SkyPilot's state cannot be read from ${path}: ${(error as Error).message}`,
      remedy: 'Start the API server: sky api start. Then nothing is read from the file.',
    });
  }
}

function rowsOf(path: string, whose: 'own' | 'managed'): Row[] {
  const database = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 2000 });
  try {
    const there = (table: string) =>
      new Set(
        (database.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name),
      );
    const clusters = there('clusters');
    if (whose === 'managed' && !clusters.has('is_managed')) return [];
    const columns = COLUMNS.filter((name) => clusters.has(name)).map((name) => `c.${name}`);
    if (!clusters.has('name')) throw new Error('it has no table of clusters');
    const users = there('users').has('name') && clusters.has('user_hash');
    const yamls = there('cluster_yaml').has('yaml');
    return database
      .prepare(
        `SELECT ${columns.join(', ')}${users ? ', u.name AS user_name' : ''}${yamls ? ', y.yaml' : ''}
         FROM clusters c
         ${users ? 'LEFT JOIN users u ON u.id = c.user_hash' : ''}
         ${yamls ? 'LEFT JOIN cluster_yaml y ON y.cluster_name = c.name' : ''}
         ${clusters.has('is_managed') ? `WHERE c.is_managed = ${whose === 'own' ? 0 : 1}` : ''}`,
      )
      .all() as Row[];
  } finally {
    database.close();
  }
}

function toCluster(row: Row, now: Instant): Launched[] {
  const record = ClusterRecord.safeParse({
    ...row,
    cluster_ever_up: Boolean(row.cluster_ever_up),
    to_down: Boolean(row.to_down),
    node_names: currentNames(row.node_names),
  });
  if (!record.success) throw new Error(`cluster ${row.name}: ${record.error.issues[0]?.message}`);
  return clustersOf([record.data], [], now).map((cluster) => ({
    ...cluster,
    machines: cluster.machines.map((one) => ({ ...one, ...kindIn(row, one) })),
  }));
}

/** Each machine's names in time, the last one is its name now: `[["sky-a-head"], ["w1", "w2"]]`. */
function currentNames(lineage: Row[keyof Row]): string | undefined {
  if (typeof lineage !== 'string') return undefined;
  try {
    const names = z.array(z.union([z.string(), z.array(z.string())])).parse(JSON.parse(lineage));
    return names.map((name) => (typeof name === 'string' ? name : (name.at(-1) ?? ''))).join(',');
  } catch {
    return lineage;
  }
}

const NodeConfig = z.looseObject({
  InstanceType: z.string().optional(),
  machineType: z.string().optional(),
  azure_arm_parameters: z
    .looseObject({ vmSize: z.string().optional(), priority: z.string().optional() })
    .optional(),
  InstanceMarketOptions: z.looseObject({ MarketType: z.string() }).optional(),
  scheduling: z
    .union([z.looseObject({ provisioningModel: z.string().optional() }), z.array(z.unknown())])
    .optional(),
});

/** What the cluster was launched with. sky/templates/aws-ray.yml.j2 and its like */
const LaunchFile = z.looseObject({
  cluster_name: z.string(),
  max_workers: z.number().int().nonnegative().optional(),
  provider: z.looseObject({ region: z.string().nullish() }).optional(),
  available_node_types: z.record(z.string(), z.looseObject({ node_config: NodeConfig.nullish() })),
});

function kindIn(row: Row, { names, region, zone }: Machines): Partial<Machines> {
  const file = LaunchFile.safeParse(yamlIn(row.yaml));
  const task = Task.safeParse(yamlIn(row.last_creation_yaml));
  const wanted = task.success ? task.data.resources?.accelerators : undefined;
  const gpus = parseAccelerators(
    typeof wanted === 'object' ? JSON.stringify(wanted).replaceAll('"', "'") : wanted,
  );
  const place = {
    ...(region && { region }),
    ...(typeof row.zone === 'string' && { zone: row.zone }),
    ...(zone && { zone }),
  };
  if (!file.success) return { ...place, gpus, count: Math.max(1, names.length) };
  const { cluster_name, max_workers = 0, available_node_types: types, provider } = file.data;
  const config = Object.values(types)[0]?.node_config ?? {};
  const { InstanceType, machineType, azure_arm_parameters: azure, InstanceMarketOptions } = config;
  const instanceType = InstanceType ?? machineType ?? azure?.vmSize;
  const scheduling = JSON.stringify(config.scheduling ?? {});
  return {
    ...(provider?.region && { region: provider.region }),
    ...place,
    gpus,
    nameOnCloud: cluster_name,
    count: Math.max(max_workers + 1, names.length),
    ...(instanceType && { instanceType: instanceType.split('/').at(-1) ?? instanceType }),
    spot:
      InstanceMarketOptions?.MarketType === 'spot' ||
      azure?.priority?.toLowerCase() === 'spot' ||
      /"SPOT"|"preemptible":true/.test(scheduling),
  };
}

const Task = z.looseObject({
  resources: z
    .looseObject({
      accelerators: z
        .union([z.string(), z.record(z.string(), z.number())])
        .nullish()
        .catch(null),
    })
    .nullish(),
});

/** The YAML in a column; undefined where it is none. It may hold secrets, so no word of it is told. */
function yamlIn(text: Row[keyof Row]): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
