import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { moto as tool } from '../../python_tools.ts';

/** A running moto: an emulator of AWS, over HTTP. */
export interface Moto {
  url: string;
  /** Forgets all it holds, and lets everybody do everything again. */
  reset(): Promise<void>;
  /** From now on what is of that kind stays in the state in which it begins. */
  hold(kind: string): Promise<void>;
  /** From now on IAM decides, as on AWS. */
  enforcePolicies(): Promise<void>;
  /** Calls IAM, which Burnrate itself never does. Returns the XML of the answer. */
  iam(action: string, parameters: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

/** Why moto cannot be had here, in one line; undefined once it is installed. */
export const installMoto = () => tool.install();

/** Starts moto on a free port. */
export async function startMoto(): Promise<Moto> {
  const child = spawn(tool.bin('moto_server'), ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Of its images none is asked for, and to read them takes it seconds, for each region anew.
    env: { ...process.env, PYTHONUNBUFFERED: '1', MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' },
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
    hold: (kind) =>
      post(
        '/moto-api/state-manager/set-transition',
        // By so many looks at it.
        JSON.stringify({
          model_name: kind,
          transition: { progression: 'manual', times: 1_000_000 },
        }),
      ),
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
