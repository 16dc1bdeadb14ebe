import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PACKAGES = ['moto[server,ec2]>=5.1,<6'];
const folder = fileURLToPath(new URL('../../../.tools/moto', import.meta.url));
const windows = process.platform === 'win32';
const bin = (name: string) =>
  windows ? join(folder, 'Scripts', `${name}.exe`) : join(folder, 'bin', name);

/** A running moto: an emulator of AWS, over HTTP. */
export interface Moto {
  url: string;
  /** Forgets all it holds, and lets everybody do everything again. */
  reset(): Promise<void>;
  /** From now on IAM decides, as on AWS. */
  enforcePolicies(): Promise<void>;
  /** Calls IAM, which Burnrate itself never does. Returns the XML of the answer. */
  iam(action: string, parameters: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

/** Why moto cannot be had here, in one line; undefined once it is installed. */
export async function installMoto(): Promise<string | undefined> {
  const stamp = join(folder, 'burnrate-packages');
  const wanted = createHash('sha256').update(PACKAGES.join()).digest('hex');
  try {
    if (
      existsSync(bin('moto_server')) &&
      (await readFile(stamp, 'utf8').catch(() => '')) === wanted
    )
      return undefined;
    const python = await findPython();
    if (!python) return 'moto needs Python 3.9 or newer, which is not installed';
    await mkdir(folder, { recursive: true });
    await promisify(execFile)(python, ['-m', 'venv', folder]);
    await promisify(execFile)(bin('python'), ['-m', 'pip', 'install', '--quiet', ...PACKAGES], {
      timeout: 240_000,
    });
    await writeFile(stamp, wanted);
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return `moto could not be installed by pip: ${said}`;
  }
}

async function findPython(): Promise<string | undefined> {
  for (const name of windows ? ['python', 'py'] : ['python3', 'python']) {
    try {
      const check = 'import sys, venv, ensurepip; assert sys.version_info >= (3, 9)';
      await promisify(execFile)(name, ['-c', check]);
      return name;
    } catch {
      // The next name, or none.
    }
  }
  return undefined;
}

/** Starts moto on a free port. */
export async function startMoto(): Promise<Moto> {
  const child = spawn(bin('moto_server'), ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  });
  const url = await urlOf(child);
  const post = async (path: string, body?: string) => {
    const answer = await fetch(`${url}${path}`, { method: 'POST', ...(body && { body }) });
    if (!answer.ok) throw new Error(`moto answered ${answer.status} to ${path}`);
  };
  return {
    url,
    async reset() {
      await post('/moto-api/reset-auth', '1000000000');
      await post('/moto-api/reset');
    },
    enforcePolicies: () => post('/moto-api/reset-auth', '0'),
    async iam(action, parameters) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          // While policies are not enforced moto reads only the service out of it.
          Authorization:
            'AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=any',
        },
        body: new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`moto answered ${answer.status} to ${action}: ${text}`);
      return text;
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`moto ended with ${code}: ${said.slice(-5).join(' / ')}`));
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (said.length < 100) said.push(line);
        const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
        if (url) resolve(url);
      });
    }
  });
}
