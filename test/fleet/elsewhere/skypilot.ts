import type { Clock } from '../clock.ts';
import type { Listening } from '../listen.ts';
import { tell } from './json.ts';
import type { Rental } from './lambda.ts';

/** Who the server says that is signed in. */
const USER = { id: '5a11ab1e', name: 'sam' };

/**
 * SkyPilot's API server over these clusters: each call is taken with the id of a request, whose end
 * is then asked for. sky/server/server.py of 0.14.1
 */
export function openSkypilot(rentals: readonly Rental[], clock: Clock): Promise<Listening> {
  const outcomes = new Map<string, unknown>();
  return tell(({ call, query, body }) => {
    const id = `request-${outcomes.size}`;
    const headers = {
      'X-Skypilot-API-Version': '62',
      'X-Skypilot-Version': '0.14.1',
      'X-Skypilot-Request-ID': id,
    };
    if (call === 'GET /api/health')
      return {
        headers,
        body: { status: 'healthy', api_version: '62', version: '0.14.1', user: USER },
      };
    if (call === 'GET /api/get') {
      const value = outcomes.get(query.get('request_id') ?? '');
      return value === undefined ? undefined : { headers, ...outcome(value) };
    }
    if (!call.startsWith('POST /')) return undefined;
    outcomes.set(id, answerTo(call.slice('POST '.length), body, rentals, clock));
    return { headers, body: null };
  });
}

/** What a request ends with where there is nothing for it. */
class Failure {
  readonly type: string;
  readonly message: string;
  constructor(type: string, message: string) {
    this.type = type;
    this.message = message;
  }
}

function answerTo(path: string, body: unknown, rentals: readonly Rental[], clock: Clock): unknown {
  const live = rentals.filter(({ tenure }) => tenure.endedAt === undefined);
  switch (path) {
    case '/status':
      return live.map(clusterOf);
    case '/cost_report':
      return rentals.map((rental) => historyOf(rental, clock));
    case '/jobs/queue/v2':
      return new Failure('ClusterNotUpError', 'No in-progress managed jobs.');
    case '/serve/status':
      return new Failure('ClusterNotUpError', 'No live services.');
    case '/stop':
    case '/down': {
      const { cluster_name: name } = body as { cluster_name?: string };
      for (const { machine, tenure } of live) if (machine.name === name) tenure.end();
      return null;
    }
    default:
      return new Failure('ValueError', `${path} is not known`);
  }
}

/** sky/server/requests/payloads.py, RequestPayload: results and errors are JSON within JSON. */
function outcome(value: unknown) {
  const failed = value instanceof Failure;
  const { type, message } = failed ? value : { type: '', message: '' };
  const payload = {
    request_id: 'request-0',
    name: 'sky.status',
    status: failed ? 'FAILED' : 'SUCCEEDED',
    user_id: USER.id,
    return_value: failed ? 'null' : JSON.stringify(value),
    error: failed ? JSON.stringify({ type, message, object: 'gAROLg==' }) : 'null',
  };
  return failed ? { status: 500, body: { detail: payload } } : { body: payload };
}

function clusterOf({ id, machine, tenure: { startedAt } }: Rental) {
  const { name, gpu, gpus } = machine;
  return {
    ...same({ id, machine }),
    handle: 'gAROLg==',
    labels: {},
    launched_at: startedAt / 1000,
    status: 'UP',
    status_updated_at: startedAt / 1000,
    cluster_ever_up: true,
    autostop: -1,
    to_down: false,
    nodes: 1,
    cpus: '16.0',
    accelerators: `{'${gpu}': ${gpus}}`,
    cluster_name_on_cloud: `${name}-${USER.id}`,
  };
}

function historyOf({ id, machine, tenure }: Rental, clock: Clock) {
  const { startedAt, endedAt } = tenure;
  const now = clock.now();
  return {
    ...same({ id, machine }),
    resources: 'gAROLg==',
    num_nodes: 1,
    duration: ((endedAt ?? now) - startedAt) / 1000,
    total_cost: tenure.microsUntil(now) / 1_000_000,
    usage_intervals: [[startedAt / 1000, endedAt === undefined ? null : endedAt / 1000]],
    status: endedAt === undefined ? 'UP' : null,
  };
}

function same({ id, machine }: Pick<Rental, 'id' | 'machine'>) {
  const { name, type, gpu, gpus } = machine;
  return {
    name,
    cluster_hash: id,
    user_hash: USER.id,
    user_name: USER.name,
    workspace: 'default',
    cloud: 'Nebius',
    region: 'eu-north1',
    resources_str_full: `1x(gpus=${gpu}:${gpus}, cpus=16, mem=200, ${type}, disk=256)`,
    node_names: `sky-${name}-${USER.id}-head`,
  };
}
