import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type Paths, pathsFor } from '../config/paths.ts';
import { DAY } from '../model/time.ts';
import { readOwner, tryConnect } from '../protocol/launch.ts';

/** A simulated fleet that runs, and how its collector is started. */
export interface Demo {
  /** What the collector, and whoever starts it, must have in its environment. */
  env: Record<string, string>;
  paths: Paths;
  /** Where the simulated cloud, exporters and account answer: see test/fleet/fleet.ts. */
  fleet: Addresses;
  /** Ends the collector that watches it, once its database is closed. */
  endCollector(): Promise<void>;
  /** Ends the fleet and the collector that watches it, and removes all that they wrote. */
  stop(): Promise<void>;
}

export interface DemoOptions {
  /**
   * How many seconds of the story pass in a real one. At the default, the drop in its minute 14
   * comes after 28 s: time to look around first.
   */
  speed?: number;
  /** A scenario in a JSON file; the seed scenario where it is not given. */
  scenario?: string;
}

const SPEED = 30;
const EARLIEST_HOUR = 9;
const LATEST_HOUR = 16;
const STARTS_WITHIN_MS = 30_000;
const ENDS_WITHIN_MS = 5_000;
/** A demo that its starter has left behind ends by itself. */
const IDLE_EXIT_MS = 20_000;

/** Who the user is in the story: see test/fleet/seed.ts. */
const DEMO_USER = 'sam';
/** So high that the story never comes near it: the gauge is what is shown. */
const DEMO_BUDGET = { name: 'my day', perDay: 1_200 };
/** Bills come a day after the story's end; and this one would be asked of the real Azure. */
const INVOICES = { 'azure-cost-management': { enabled: false } };
const HOME_PREFIX = 'burnrate-demo-';
/** No demo is watched for so long. */
const ABANDONED_MS = DAY;

/** What the fleet says on its first line. */
const Addresses = z.object({
  aws: z.string(),
  exporters: z.array(z.string()),
  /** Systems beside AWS, by the name of the source that reads them. */
  elsewhere: z.record(z.string(), z.string()).default({}),
  account: z.string(),
});
type Addresses = z.infer<typeof Addresses>;

/**
 * Starts the simulated fleet, and makes a home for a collector that watches it and nothing else:
 * no account, configuration or ledger of the user's is read. The fleet ends with this process.
 */
export async function startDemo({ speed = SPEED, scenario }: DemoOptions = {}): Promise<Demo> {
  const start = Date.now();
  const clock = JSON.stringify({ origin: beginning(start), realOrigin: start, speed });
  const fleet = spawn(process.execPath, [fleetFile(), ...(scenario ? [scenario] : [])], {
    env: { ...process.env, BURNRATE_CLOCK: clock },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => fleet.once('close', resolve));
  try {
    const addresses = await addressesOf(fleet);
    removeAbandoned(start);
    const home = mkdtempSync(join(tmpdir(), HOME_PREFIX));
    const env = environment(home, clock, addresses);
    const paths = pathsFor(env);
    const budgets = scenario === undefined ? [DEMO_BUDGET] : [];
    writeFileSync(
      paths.config,
      stringify({ sources: sectionsFor(addresses), invoices: INVOICES, budgets }),
    );
    return {
      env,
      paths,
      fleet: addresses,
      endCollector: () => endCollector(paths),
      stop: async () => {
        await endCollector(paths);
        fleet.kill();
        await ended;
        rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      },
    };
  } catch (error) {
    fleet.kill();
    throw error;
  }
}

/**
 * When the story begins: now, but within the working day. It must not run into midnight, where
 * what was wasted and saved today begins anew.
 */
function beginning(now: number): number {
  const day = new Date(now);
  if (day.getHours() < EARLIEST_HOUR) day.setHours(EARLIEST_HOUR, 0, 0, 0);
  if (day.getHours() >= LATEST_HOUR) day.setHours(LATEST_HOUR, 0, 0, 0);
  return day.getTime();
}

/** The fleet's program: beside the bundle or its chunks, or in the source tree. */
function fleetFile(): string {
  const places = ['./fleet.mjs', '../fleet.mjs', '../../test/fleet/main.ts'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = places.find((place) => existsSync(place));
  if (!found) {
    throw new Error(
      `The demo's simulated fleet is missing (looked for ${places.join(', ')}). Reinstall Burnrate.`,
    );
  }
  return found;
}

async function addressesOf(fleet: ChildProcess): Promise<Addresses> {
  const late = AbortSignal.timeout(STARTS_WITHIN_MS);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fails = (why: string) => () =>
    reject(new Error(`The demo's simulated fleet did not start: ${why}.`));
  late.addEventListener('abort', fails(`it said nothing within ${STARTS_WITHIN_MS / 1000} s`));
  fleet.once('error', (error) => fails(error.message)());
  fleet.once('exit', (code) => fails(`it ended with code ${code}`)());
  if (fleet.stdout) createInterface({ input: fleet.stdout }).once('line', resolve);
  return Addresses.parse(JSON.parse(await promise));
}

/** Removes the homes of demos whose starter was killed before it could. */
function removeAbandoned(now: number): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(HOME_PREFIX)) continue;
    const home = join(tmpdir(), name);
    try {
      if (now - statSync(home).mtimeMs > ABANDONED_MS) rmSync(home, { recursive: true });
    } catch {
      // Another user's, or just removed by another demo: it is no business of this one.
    }
  }
}

/** The environment of a collector that sees the simulated fleet alone. Empty values unset. */
function environment(
  home: string,
  clock: string,
  { aws, elsewhere }: Addresses,
): Record<string, string> {
  const config = join(home, 'aws-config');
  const credentials = join(home, 'aws-credentials');
  writeFileSync(config, '[profile demo]\nregion = us-east-1\n');
  writeFileSync(
    credentials,
    '[demo]\naws_access_key_id = AKIADEMODEMODEMODEMO\naws_secret_access_key = demo\n',
    { mode: 0o600 },
  );
  const token = join(home, 'gcp-token');
  writeFileSync(token, 'demo\n', { mode: 0o600 });
  return {
    BURNRATE_HOME: home,
    BURNRATE_MODE: 'demo',
    BURNRATE_SOURCES: ['aws', 'dcgm', ...Object.keys(elsewhere)].join(','),
    BURNRATE_CLOCK: clock,
    BURNRATE_IDLE_EXIT_MS: String(IDLE_EXIT_MS),
    BURNRATE_CONFIG: join(home, 'burnrate.yaml'),
    HOME: home,
    USERPROFILE: home,
    AWS_PROFILE: 'demo',
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_ENDPOINT_URL: aws,
    AWS_ENDPOINT_URL_EC2: aws,
    AWS_ENDPOINT_URL_STS: aws,
    AWS_ENDPOINT_URL_PRICING: aws,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
    AWS_EC2_METADATA_DISABLED: 'true',
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: token,
    CLOUDSDK_CORE_PROJECT: 'vision-lab',
    ...(elsewhere.azure && {
      AZURE_SUBSCRIPTION_ID: '4c1f0a52-7d3b-4e0c-9a61-2b8f5d6e7a90',
      IDENTITY_ENDPOINT: `${elsewhere.azure}/msi/token`,
      IDENTITY_HEADER: 'demo',
    }),
    // Azure's own library would ask a proxy for what is on this machine.
    NO_PROXY: '127.0.0.1',
    LAMBDA_API_KEY: 'demo-key',
    RUNPOD_API_KEY: 'demo-key',
    VAST_API_KEY: 'demo-key',
    SLURM_JWT: tokenOf(DEMO_USER),
    KUBECONFIG: kubeconfigFor(home, elsewhere.kubernetes),
    ...Object.fromEntries(
      [
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
        'AWS_REGION',
        'AWS_DEFAULT_REGION',
        'AWS_WEB_IDENTITY_TOKEN_FILE',
        'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
        'AWS_CONTAINER_CREDENTIALS_FULL_URI',
        'AWS_EC2_METADATA_SERVICE_ENDPOINT',
        'AZURE_TENANT_ID',
        'AZURE_CLIENT_ID',
        'AZURE_CLIENT_SECRET',
        'AZURE_CLIENT_CERTIFICATE_PATH',
        'AZURE_FEDERATED_TOKEN_FILE',
        'AZURE_AUTHORITY_HOST',
        'AZURE_POD_IDENTITY_AUTHORITY_HOST',
        'AZURE_CONFIG_DIR',
        'MSI_ENDPOINT',
        'IDENTITY_SERVER_THUMBPRINT',
        'DCGM_EXPORTER_LISTEN',
      ].map((name) => [name, '']),
    ),
  };
}

/** What burnrate.yaml must say, so that each source reads the fleet and nothing else. */
function sectionsFor({ exporters, elsewhere }: Addresses): Record<string, unknown> {
  const { gcp, azure, lambda, runpod, vast, skypilot, slurm, kubernetes } = elsewhere;
  return {
    dcgm: { endpoints: exporters },
    ...(gcp && {
      gcp: {
        mine: [DEMO_USER],
        endpoints: {
          compute: `${gcp}/compute/v1`,
          aiplatform: gcp,
          cloudbilling: gcp,
          monitoring: gcp,
          oauth2: gcp,
        },
      },
    }),
    ...(azure && { azure: { url: azure, pricesUrl: azure, mine: [DEMO_USER] } }),
    ...(lambda && { lambda: { url: lambda } }),
    ...(runpod && { runpod: { url: `${runpod}/v1`, telemetryUrl: runpod } }),
    ...(vast && { vast: { url: vast } }),
    ...(skypilot && { skypilot: { endpoint: skypilot } }),
    ...(slurm && {
      slurm: { name: 'campus', rest: { url: slurm }, prices: { gpu: { perGpuHour: 0.85 } } },
    }),
    ...(kubernetes && {
      kubernetes: { prices: { '*': { GPU: 1.1 } }, mine: [DEMO_USER] },
    }),
  };
}

/** A token as `scontrol token` makes one: it names its user. The fleet does not check it. */
function tokenOf(user: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sun: user })}.demo`;
}

function kubeconfigFor(home: string, server: string | undefined): string {
  const path = join(home, 'kubeconfig');
  const entry = (kind: string, value: unknown) => [{ name: 'research', [kind]: value }];
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'research',
    clusters: entry('cluster', { server }),
    contexts: entry('context', { cluster: 'research', user: 'research' }),
    users: entry('user', { token: 'demo' }),
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}

/** Ends the collector of this home, where one runs, and waits until it has closed its database. */
async function endCollector(paths: Paths): Promise<void> {
  const owner = readOwner(paths);
  const socket = await tryConnect(paths.socket);
  if (!owner || !socket) return;
  socket.destroy();
  const until = Date.now() + ENDS_WITHIN_MS;
  try {
    process.kill(owner.pid, 'SIGTERM');
    while (Date.now() < until) {
      process.kill(owner.pid, 0);
      await pause(50);
    }
  } catch (error) {
    // It has ended: that is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
