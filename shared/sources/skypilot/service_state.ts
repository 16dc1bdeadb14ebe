import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { Instant } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { userOf } from './clusters.ts';
import { inRuntime } from './home.ts';
import type { Launched } from './launched.ts';
import { serviceOf } from './services.ts';
import { readState } from './state.ts';

interface Row {
  name: string;
  status: string;
  user_hash: string | null;
}

/**
 * The services in SkyPilot's own database, with the clusters of their replicas, where the API
 * server keeps both on this machine (`serve.controller.consolidation_mode`): they are paid for also
 * while it does not run. Elsewhere there is no such file. sky/serve/serve_state.py, services_table
 */
export function readServices(
  surroundings: Surroundings,
  account: string,
  now: Instant,
): Launched[] {
  const path = inRuntime(surroundings, 'serve', 'services.db');
  if (!existsSync(path)) return [];
  const services = rowsOf(path, account);
  if (services.length === 0) return [];
  const clusters = readState(surroundings, account, now, 'managed');
  return services.map((row) => {
    // A replica's cluster is named by its service and a number. generate_replica_cluster_name
    const replicas = clusters.filter(
      ({ name }) =>
        name.startsWith(`${row.name}-`) && /^\d+$/.test(name.slice(row.name.length + 1)),
    );
    const starts = replicas.flatMap(({ startedAt }) => startedAt ?? []);
    const named = replicas.find(({ user }) => user.name)?.user.name;
    return serviceOf(
      row.name,
      row.status,
      replicas.flatMap(({ machines }) => machines),
      {
        ...(starts.length > 0 && { startedAt: Math.min(...starts) }),
        user: userOf({ user_hash: row.user_hash, user_name: named }),
        labels: {},
      },
    );
  });
}

function rowsOf(path: string, account: string): Row[] {
  try {
    const database = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 2000 });
    try {
      const columns = database.pragma('table_info(services)') as { name: string }[];
      const has = (name: string) => columns.some((column) => column.name === name);
      // Made, but never used.
      if (!has('name')) return [];
      return database
        .prepare(
          `SELECT name, status, ${has('user_hash') ? 'user_hash' : 'NULL AS user_hash'}
           FROM services ${has('pool') ? 'WHERE pool = 0' : ''}`,
        )
        .all() as Row[];
    } finally {
      database.close();
    }
  } catch (error) {
    throw new SourceError('malformed', {
      account,
      message: `SkyPilot's services cannot be read from ${path}: ${(error as Error).message}`,
      remedy: 'Start the API server: sky api start. Then nothing is read from the file.',
    });
  }
}
