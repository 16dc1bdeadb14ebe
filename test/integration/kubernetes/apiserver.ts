import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { debianPackages } from '../../debian.ts';
import { installOnce, TOOLS } from '../../install_once.ts';
import { exitOf, until } from '../../unit/collector/live.ts';
import { certificate } from '../../unit/sources/kubernetes/server.ts';

const module = fileURLToPath(new URL('./apiserver', import.meta.url));
const folder = join(TOOLS, 'kubernetes');
const program = join(folder, 'kube-apiserver');
/** Some 2000 packages of Go, on a small machine that does other things, too. */
const BUILD_MS = 25 * 60_000;
const PATIENCE_MS = 90_000;

/** Why a real API server cannot be had here, in one line; undefined once it is built. */
export async function installApiServer(): Promise<string | undefined> {
  const missing = await debianPackages('etcd-server');
  if (missing) return missing;
  const wanted = createHash('sha256');
  for (const file of ['go.mod', 'main.go']) wanted.update(readFileSync(join(module, file)));
  const hash = wanted.digest('hex');
  const stamp = join(folder, 'burnrate-source');
  const isThere = async () =>
    existsSync(program) && (await readFile(stamp, 'utf8').catch(() => '')) === hash;
  try {
    if (await isThere()) return undefined;
    await promisify(execFile)('go', ['version']);
  } catch {
    return 'the API server is built by Go, which is not installed';
  }
  try {
    await installOnce('kubernetes', isThere, async () => {
      await mkdir(folder, { recursive: true });
      await promisify(execFile)('go', ['build', '-ldflags=-s -w', '-o', program, '.'], {
        cwd: module,
        timeout: BUILD_MS,
        env: { ...process.env, GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
      });
      await writeFile(stamp, hash);
    });
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return `the API server could not be built: ${said}`;
  }
}

/** Why kubectl cannot be had here, in one line; undefined where it is there. */
export async function installKubectl(): Promise<string | undefined> {
  try {
    await promisify(execFile)('kubectl', ['version', '--client']);
    return undefined;
  } catch {
    return debianPackages('kubernetes-client');
  }
}

/** A file that holds this, in a folder of its own. */
export async function folderWith(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'burnrate-kubeconfig-'));
  const path = join(folder, 'config');
  await writeFile(path, text, { mode: 0o600 });
  return {
    path,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A real API server with its etcd: no scheduler, no controllers, no machines. */
export interface RealApi {
  url: string;
  /** Tokens by user: `root` may do all, `ada` and `eve` what they are given. */
  tokens: Record<'root' | 'ada' | 'eve', string>;
  /** Asks as root; rejects where the answer is no success. */
  ask<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts both, in a folder of their own. Call `installApiServer` before. */
export async function startRealApi(): Promise<RealApi> {
  const home = await mkdtemp(join(tmpdir(), 'burnrate-kubernetes-'));
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const files = ['ca.pem', 'server.pem', 'server.key'];
  for (const name of files) await writeFile(join(home, name), certificate(name));
  const keys = await promisify(execFile)('openssl', ['genrsa', '2048']);
  await writeFile(join(home, 'accounts.key'), keys.stdout);
  const tokens = { root: 'root-token', ada: 'canary-ada-token', eve: 'eve-token' };
  await writeFile(
    join(home, 'tokens.csv'),
    [
      `${tokens.root},root,1,"system:masters"`,
      `${tokens.ada},ada@example.com,2`,
      `${tokens.eve},eve@example.com,3`,
    ].join('\n'),
  );
  const children: ChildProcess[] = [];
  const start = (command: string, args: string[]) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: home });
    const said: string[] = [];
    child.stderr?.on('data', (chunk: Buffer) => {
      said.push(chunk.toString());
      if (said.length > 50) said.shift();
    });
    children.push(child);
    return { child, said };
  };
  const local = (at: number) => `http://127.0.0.1:${at}`;
  start('etcd', [
    `--data-dir=${join(home, 'etcd')}`,
    `--listen-client-urls=${local(etcdPort)}`,
    `--advertise-client-urls=${local(etcdPort)}`,
    `--listen-peer-urls=${local(peerPort)}`,
    `--initial-advertise-peer-urls=${local(peerPort)}`,
    `--initial-cluster=default=${local(peerPort)}`,
    // What a test writes need not outlive the machine.
    '--unsafe-no-fsync',
  ]);
  const { child, said } = start(program, [
    `--etcd-servers=${local(etcdPort)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    '--tls-cert-file=server.pem',
    '--tls-private-key-file=server.key',
    '--client-ca-file=ca.pem',
    '--token-auth-file=tokens.csv',
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--service-account-issuer=https://tests',
    '--service-account-key-file=accounts.key',
    '--service-account-signing-key-file=accounts.key',
    // Without controllers nobody makes the accounts that pods would run as.
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
  ]);
  const url = `https://127.0.0.1:${port}`;
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await send(url, tokens.root, method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text) as T;
  };
  const close = async () => {
    // etcd last: an API server without it would not end by itself.
    for (const one of children.toReversed()) {
      one.kill();
      await exitOf(one);
    }
    await rm(home, { recursive: true, force: true });
  };
  try {
    await until(
      'the API server to be ready',
      async () => {
        if (child.exitCode !== null)
          throw new Error(`the API server ended: ${said.join('').slice(-800)}`);
        const answer = await send(url, tokens.root, 'GET', '/readyz').catch(() => undefined);
        return answer?.status === 200;
      },
      PATIENCE_MS,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { url, tokens, ask, [Symbol.asyncDispose]: close };
}

/** A port that nobody uses now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function send(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': type,
      'content-length': Buffer.byteLength(text),
    };
    const asked = request(`${url}${path}`, { method, headers, ca: certificate('ca.pem') });
    asked.once('error', reject);
    asked.once('response', async (response) => {
      let answer = '';
      for await (const chunk of response) answer += chunk;
      resolve({ status: response.statusCode ?? 0, text: answer });
    });
    asked.end(text);
  });
}
