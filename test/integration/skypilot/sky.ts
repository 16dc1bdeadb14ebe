import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { skypilot as tool } from '../../python_tools.ts';
import { until } from '../../unit/collector/live.ts';

const SCRIPT = fileURLToPath(new URL('./launch.py', import.meta.url));

/** The columns of SkyPilot's catalogue of AWS, which it else fetches from its repository. */
const CATALOGUE = `InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone,Arch,LocalDiskType,NVMeSupported,LocalDiskSize,LocalDiskCount
g5.xlarge,A10G,1.0,4.0,16.0,"{'Gpus': []}",1.006,0.4,us-east-1,use1-az1,x86_64,ssd,True,250.0,1.0
`;

/**
 * Before it tells of services SkyPilot looks whether it reaches the internet (8.8.8.8, 1.1.1.1),
 * which a machine for tests may not: it is told that it does. sky/backends/backend_utils.py,
 * check_network_connection
 */
const ONLINE = `import requests
ask = requests.Session.head
requests.Session.head = lambda session, url, **more: (
    requests.Response() if url in ('https://8.8.8.8', 'https://1.1.1.1') else ask(session, url, **more))
`;

const IN_USE = /port \d+ is already in use/;

/** Why SkyPilot cannot be had here, in one line; undefined once it is installed. */
export const installSkypilot = () => tool.install();

/** SkyPilot in a home of its own, on a cloud that is an emulator. */
export interface Sky {
  home: string;
  env: Record<string, string>;
  url: string;
  /** Makes clusters and managed jobs by SkyPilot's own Python API: see launch.py. */
  launch(...args: string[]): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and all its workers. */
  end(): Promise<void>;
  close(): Promise<void>;
}

export async function openSky(cloud: Record<string, string>): Promise<Sky> {
  const home = await mkdtemp(join(tmpdir(), 'burnrate-skypilot-'));
  await mkdir(join(home, '.sky', 'catalogs', 'v8', 'aws'), { recursive: true });
  await writeFile(join(home, '.sky', 'catalogs', 'v8', 'aws', 'vms.csv'), CATALOGUE);
  // Managed jobs and services are then kept by the API server, and not on a machine of their own.
  const config = ['jobs', 'serve']
    .map((name) => `${name}:\n  controller:\n    consolidation_mode: true\n`)
    .join('');
  await writeFile(join(home, '.sky', 'config.yaml'), config);
  const python = join(home, 'python');
  await mkdir(python);
  await writeFile(join(python, 'sitecustomize.py'), ONLINE);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env: Record<string, string> = {
    ...cloud,
    PATH: process.env.PATH ?? '',
    HOME: home,
    USER: 'ada',
    PYTHONUNBUFFERED: '1',
    PYTHONPATH: python,
    SKYPILOT_DISABLE_USAGE_COLLECTION: '1',
    SKYPILOT_API_SERVER_LOCAL_PORT: String(port),
  };
  let server: ChildProcess | undefined;

  async function end(): Promise<void> {
    const { pid } = server ?? {};
    if (pid === undefined) return;
    server = undefined;
    // Its workers outlive it, in its group; controllers of jobs have groups of their own.
    kill(-pid);
    const left = async () => {
      const controllers = await processesOf(home);
      controllers.forEach(kill);
      return controllers.length > 0 || kill(-pid);
    };
    await until('SkyPilot to have ended', async () => !(await left()));
  }

  return {
    home,
    env,
    url,
    async launch(...args) {
      await promisify(execFile)(tool.bin('python'), [SCRIPT, ...args], { env, timeout: 180_000 });
    },
    async start() {
      const log = join(home, 'server.log');
      const healthy = async () =>
        (await fetch(`${url}/api/health`).catch(() => undefined))?.ok ?? false;
      for (let attempt = 1; ; attempt += 1) {
        server = spawn(
          '/bin/sh',
          [
            '-c',
            `exec "$0" -m sky.server.server --port ${port} >"$1" 2>&1`,
            tool.bin('python'),
            log,
          ],
          { env, detached: true, stdio: 'ignore' },
        );
        const state = await until(
          'the API server to answer',
          async () => {
            if (await healthy()) return 'healthy';
            // It may say so and yet not end: some of its threads go on.
            return IN_USE.test(await readFile(log, 'utf8').catch(() => '')) && 'ended';
          },
          120_000,
        ).catch(() => 'silent');
        if (state === 'healthy') return;
        const said = (await readFile(log, 'utf8')).slice(-2000);
        // An outgoing connection may have taken the port of its queues; it is soon gone.
        const again = state === 'ended' && attempt < 4;
        if (!again) throw new Error(`SkyPilot's API server is ${state}: ${said}`);
        await end();
        await rm(log);
        await pause(attempt * 5_000);
      }
    },
    end,
    async close() {
      await end();
      (await processesOf(home)).forEach(kill);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Ends a process or a group at once; false where there is none. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** The processes whose home this is. Only Linux tells; elsewhere none. */
async function processesOf(home: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const theirs = await Promise.all(
    pids.map(async (pid) => {
      // Others' processes, and those that have ended meanwhile, cannot be read.
      const variables = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return variables.split('\0').includes(`HOME=${home}`) ? [Number(pid)] : [];
    }),
  );
  return theirs.flat();
}

/**
 * A port that is free for it, below those that the system gives to outgoing connections, and for
 * its queues, which listen on one that follows from it.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 29_000);
    if ((await isFree(port)) && (await isFree(queuesOf(port)))) return port;
  }
}

/** sky/server/requests/queues/mp_queue.py */
function queuesOf(port: number): number {
  const offset = 11 + port - 46_580;
  return 50_000 + (((offset % 10_000) + 10_000) % 10_000);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}
