import type {
  ClusterRecord,
  HistoryRecord,
  ReplicaRecord,
  ServiceRecord,
  TaskRecord,
} from '@burnrate/shared/sources/skypilot/wire.ts';
import { type Ask, type Handler, json, type Reply } from '../service.ts';

/** 2026-11-20 09:00 UTC, in seconds, as SkyPilot counts. */
export const LAUNCHED = Date.UTC(2026, 10, 20, 9) / 1000;
export const HASH = 'fcd1e5cf';

/** What an API server knows. A test changes it as SkyPilot would. */
export interface World {
  clusters: ClusterRecord[];
  history: HistoryRecord[];
  tasks: TaskRecord[] | 'no controller';
  services: ServiceRecord[] | 'no controller';
  /** Of a server with logins. */
  user?: { id: string; name: string };
  token?: string;
  apiVersion?: number;
  version?: string;
  /** The exceptions with which requests end, by path. */
  failing: Record<string, { type: string; message: string }>;
}

export function world(changes: Partial<World> = {}): World {
  return {
    clusters: [],
    history: [],
    tasks: 'no controller',
    services: 'no controller',
    failing: {},
    ...changes,
  };
}

/** As SkyPilot 0.14.1 answered `POST /status` for a cluster made by its own Python API. */
export function cluster(changes: Partial<ClusterRecord> = {}): ClusterRecord {
  return {
    name: 'train',
    cluster_hash: '062c5322-d20e-48ca-9f98-064f5841375e',
    launched_at: LAUNCHED,
    status: 'UP',
    status_updated_at: LAUNCHED,
    cluster_ever_up: true,
    autostop: -1,
    to_down: false,
    user_hash: HASH,
    user_name: 'ada',
    workspace: 'default',
    nodes: 1,
    cloud: 'AWS',
    region: 'us-east-1',
    cpus: '96.0',
    accelerators: "{'A100': 8}",
    resources_str_full: '1x(gpus=A100:8, cpus=96, mem=1152, p4d.24xlarge, disk=256)',
    cluster_name_on_cloud: 'train-fcd1e5cf',
    node_names: 'sky-train-fcd1e5cf-head',
    ...changes,
  };
}

/** As `POST /cost_report` answered for the same; `total_cost` is of all nodes till now. */
export function past(changes: Partial<HistoryRecord> = {}): HistoryRecord {
  return {
    name: 'train',
    cluster_hash: '062c5322-d20e-48ca-9f98-064f5841375e',
    num_nodes: 1,
    duration: 3600,
    total_cost: 21.95,
    usage_intervals: [[LAUNCHED, null]],
    status: 'UP',
    user_hash: HASH,
    user_name: 'ada',
    workspace: 'default',
    cloud: 'AWS',
    region: 'us-east-1',
    resources_str_full: '1x(gpus=A100:8, cpus=96, mem=1152, p4d.24xlarge, disk=256)',
    node_names: 'sky-train-fcd1e5cf-head',
    ...changes,
  };
}

/** As `POST /jobs/queue/v2` answered for a managed job in SkyPilot's own tables. */
export function task(changes: Partial<TaskRecord> = {}): TaskRecord {
  return {
    job_id: 12,
    task_id: 0,
    job_name: 'eval',
    status: 'RUNNING',
    submitted_at: LAUNCHED + 0.5,
    start_at: LAUNCHED + 60.5,
    end_at: null,
    last_recovered_at: LAUNCHED + 60.5,
    recovery_count: 0,
    user_name: 'ada',
    user_hash: HASH,
    workspace: 'default',
    cloud: 'AWS',
    region: 'us-east-1',
    zone: 'us-east-1a',
    accelerators: { A10G: 1 },
    cluster_resources_full: '1x[spot](gpus=A10G:1, cpus=4, mem=16, g5.xlarge, disk=256)',
    current_cluster_name: 'eval-12',
    cluster_name_on_cloud: 'eval-12-fcd1e5cf',
    node_names: null,
    internal_external_ips: [['10.0.0.9', '3.4.5.9']],
    pool: null,
    ...changes,
  };
}

/** As `POST /serve/status` answers for a service and its replica. sky/serve/server/core.py, status */
export function service(changes: Partial<ServiceRecord> = {}): ServiceRecord {
  return {
    name: 'chat',
    status: 'READY',
    user_hash: HASH,
    user_name: 'ada',
    workspace: 'default',
    endpoint: 'http://3.4.5.100:30001',
    replica_info: [replica()],
    ...changes,
  };
}

export function replica(changes: Partial<ReplicaRecord> = {}): ReplicaRecord {
  return {
    replica_id: 1,
    name: 'chat-1',
    status: 'READY',
    is_spot: false,
    launched_at: LAUNCHED,
    cloud: 'AWS',
    region: 'us-east-1',
    resources_str_full: '1x(gpus=A10G:1, cpus=4, mem=16, g5.xlarge, disk=256)',
    endpoint: 'http://3.4.5.11:8080',
    ...changes,
  };
}

/**
 * SkyPilot's API server: each call is taken with the id of a request, whose end is then asked for.
 * sky/server/server.py of 0.14.1: RequestIDMiddleware, api_get, health
 */
export function apiServer(world: World): Handler {
  const requests = new Map<string, Reply>();
  return (ask) => {
    const { token, user, apiVersion = 62, version = '0.14.1' } = world;
    const headers = {
      'X-Skypilot-API-Version': String(apiVersion),
      'X-Skypilot-Version': version,
      'X-Skypilot-Request-ID': `request-${requests.size}`,
    };
    const known = token === undefined || ask.authorization === `Bearer ${token}`;
    if (ask.call === 'GET /api/health')
      return json(
        {
          status: known ? 'healthy' : 'needs_auth',
          api_version: String(apiVersion),
          version,
          user: known ? (user ?? null) : null,
        },
        200,
        headers,
      );
    if (!known) return json({ detail: 'Authentication required' }, 401, headers);
    if (ask.call === 'GET /api/get') {
      const id = ask.query.get('request_id') ?? '';
      return requests.get(id) ?? json({ detail: `Request '${id}' not found` }, 404, headers);
    }
    requests.set(headers['X-Skypilot-Request-ID'], outcomeOf(ask, world));
    return json(null, 200, headers);
  };
}

function outcomeOf(ask: Ask, world: World): Reply {
  const path = ask.call.replace(/^POST /, '');
  const body = ask.body as Record<string, unknown>;
  const failure = world.failing[path];
  if (failure) return failed(failure);
  switch (path) {
    case '/status':
      return succeeded(world.clusters.map((one) => ({ ...one, handle: 'gAROLg==', labels: {} })));
    case '/cost_report':
      return succeeded(world.history.map((one) => ({ ...one, resources: 'gAROLg==' })));
    case '/jobs/queue/v2': {
      if (world.tasks === 'no controller')
        return failed({ type: 'ClusterNotUpError', message: 'No in-progress managed jobs.' });
      const live = (one: TaskRecord) =>
        /^(PENDING|STARTING|RUNNING|RECOV|CANCELLING)/.test(one.status);
      if (body.skip_finished) return succeeded(world.tasks.filter(live));
      return succeeded({
        jobs: world.tasks.slice(0, Number(body.limit)),
        total: world.tasks.length,
      });
    }
    case '/serve/status':
      if (world.services === 'no controller')
        return failed({ type: 'ClusterNotUpError', message: 'No live services.' });
      return succeeded(
        world.services.map((one) => ({ ...one, uptime: LAUNCHED, load_balancer_port: 30001 })),
      );
    case '/serve/down':
    case '/stop':
    case '/down':
    case '/jobs/cancel':
      return succeeded(null);
    default:
      return json({ detail: 'Not Found' }, 404);
  }
}

/** sky/server/requests/payloads.py, RequestPayload */
function payload(changes: Record<string, string>): Record<string, unknown> {
  return {
    request_id: 'request-0',
    name: 'sky.status',
    entrypoint: 'gAROLg==',
    request_body: 'gAROLg==',
    status: 'SUCCEEDED',
    created_at: LAUNCHED,
    user_id: HASH,
    return_value: 'null',
    error: 'null',
    pid: 19944,
    schedule_type: 'short',
    ...changes,
  };
}

function succeeded(value: unknown): Reply {
  return json(payload({ return_value: JSON.stringify(value) }));
}

function failed(failure: { type: string; message: string }): Reply {
  const error = JSON.stringify({ ...failure, object: 'gAROLg==' });
  return json({ detail: payload({ status: 'FAILED', error }) }, 500);
}
