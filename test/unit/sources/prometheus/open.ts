import { prometheus } from '@burnrate/shared/sources/prometheus/index.ts';
import {
  type Check,
  type Observable,
  type Observation,
  SourceError,
} from '@burnrate/shared/sources/source.ts';
import { bareMachine } from '../bare.ts';
import { settles } from '../outcome.ts';
import { type Ask, matrix, type Reply, type Series, startServer } from './server.ts';

export interface Options {
  settings?: Record<string, unknown>;
  env?: Record<string, string>;
  /** What follows the server's address in the settings. */
  path?: string;
  patienceMs?: number;
}

export interface Looked {
  seen?: Observation;
  error?: SourceError;
  /** What the doctor says. */
  checks: Check[];
  /** The requests of the reading. */
  asked: Ask[];
}

/** Reads a server once, whose answer is given. */
export async function look(
  handler: Reply | ((ask: Ask) => Reply),
  { settings = {}, env = {}, path = '', patienceMs = 20_000 }: Options = {},
): Promise<Looked> {
  const server = await startServer(typeof handler === 'function' ? handler : () => handler);
  const surroundings = bareMachine({ env });
  const parsed = prometheus.settings.parse({ servers: [{ url: server.url + path, ...settings }] });
  const [account] = (await prometheus.discover(surroundings, parsed)).accounts;
  if (!account) throw new Error('no account was found');
  const connection = prometheus.open(account, surroundings, parsed);
  try {
    const what = new Set<Observable>(['telemetry']);
    const signal = AbortSignal.timeout(patienceMs);
    const { value, error } = await settles(connection.observe({ what, wanted: [], signal }));
    if (error !== undefined && !(error instanceof SourceError)) throw error;
    const asked = [...server.asked];
    const checks = await connection.diagnose(AbortSignal.timeout(patienceMs));
    return { ...(value && { seen: value }), ...(error && { error }), checks, asked };
  } finally {
    await connection.close?.();
    await server.close();
  }
}

/** The samples of these series, where all could be read. */
export async function samplesOf(series: readonly Series[]) {
  const { seen, error } = await look(matrix(series));
  if (error ?? seen?.partial?.[0]) throw error ?? seen?.partial?.[0];
  return seen?.samples ?? [];
}

export async function failureOf(reply: Reply, options?: Options): Promise<SourceError> {
  const { error } = await look(reply, options);
  if (!error) throw new Error('it was read');
  return error;
}
