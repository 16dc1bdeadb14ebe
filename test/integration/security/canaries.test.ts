import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programFile } from '../../programs.ts';
import { Home, isAlive, snapshotWhere, until } from '../../unit/collector/live.ts';

const MAIN = programFile('collector');

/** One that nothing else can hold by chance, of a shape that each provider's own check accepts. */
const canary = (name: string) => `c4n4ry${name}0123456789abcdef0123456789abcdef`;
const CANARIES = ['aws', 'lambda', 'runpod', 'vast', 'slack', 'prometheus', 'dcgm'];

/** An unfriendly service, which refuses and repeats to the caller all that it was sent. */
async function echoing(): Promise<{ url: string; [Symbol.dispose](): void }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const message = `${request.url} ${JSON.stringify(request.headers)} ${Buffer.concat(chunks)}`;
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message, code: 'global/invalid-api-key' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => void server.close() };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('no secret is in any byte that is written or said, where services repeat what they are sent', async () => {
  using service = await echoing();
  const endpoint = service.url;
  await using home = new Home({
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: canary('aws'),
    AWS_REGION: 'us-east-1',
    LAMBDA_API_KEY: canary('lambda'),
    VAST_API_KEY: canary('vast'),
    SLACK_HOOK: `http://127.0.0.1:9/${canary('slack')}`,
    PROMETHEUS_AUTH: `Bearer ${canary('prometheus')}`,
    DCGM_AUTH: `Basic ${Buffer.from(canary('dcgm')).toString('base64')}`,
  });
  Object.assign(home.env, {
    HOME: home.path,
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  home.configure({
    sources: {
      lambda: { url: endpoint },
      runpod: { url: endpoint, telemetryUrl: endpoint },
      vast: { url: endpoint },
      prometheus: { servers: [{ url: endpoint, authorizationVariable: 'PROMETHEUS_AUTH' }] },
      dcgm: { endpoints: [endpoint.replace('http://', '')], authorizationVariable: 'DCGM_AUTH' },
    },
    notify: [{ name: 'team', urlVariable: 'SLACK_HOOK', kind: 'webhook' }],
  });
  const link = await home.connect({
    launch: { command: process.execPath, args: [MAIN], env: { ...process.env, ...home.env } },
  });
  await link.request('entrustKeys', { keys: { RUNPOD_API_KEY: canary('runpod') } });
  const snapshot = await snapshotWhere(
    link,
    'all accounts to have failed',
    ({ accounts }) =>
      accounts.length >= 4 &&
      accounts.some(({ source }) => source === 'runpod') &&
      accounts.every(({ state }) => state !== 'starting' && state !== 'ok'),
  );
  const said = [
    JSON.stringify(snapshot),
    JSON.stringify(await link.request('doctor', {})),
    execFileSync('ps', ['-eo', 'args']).toString(),
  ];
  const runpod = snapshot.accounts.find(({ source }) => source === 'runpod');
  expect(runpod?.foundIn).toBe('RUNPOD_API_KEY, set in VS Code');
  expect(snapshot.notices).toEqual([]);
  expect(
    snapshot.accounts.filter(({ failure }) => failure?.kind === 'denied').length,
  ).toBeGreaterThan(3);
  const { pid } = link.welcome;
  await link.request('retire', { reason: 'what it wrote is read' });
  // It removes some of its files when it closes the others.
  await until('the collector to end', () => !isAlive(pid));
  const written = filesIn(home.path).map((path) => readFileSync(path, 'latin1'));
  expect(written.length).toBeGreaterThan(2);
  for (const text of [...said, ...written]) {
    for (const name of CANARIES) {
      expect(text.includes(canary(name)), `the canary ${name}`).toBe(false);
      const encoded = Buffer.from(canary(name)).toString('base64');
      expect(text.includes(encoded), `the canary ${name} in base64`).toBe(false);
    }
  }
});
