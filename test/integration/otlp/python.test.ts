import { execFile } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { otlp } from '@burnrate/shared/sources/otlp/index.ts';
import { expect, test } from 'vitest';
import { otlp as sdks } from '../../python_tools.ts';
import { bareMachine } from '../../unit/sources/bare.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('train.py', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test.each(Object.entries(sdks))(
  "a program with OpenTelemetry's SDK for Python is read, in %s",
  { timeout: 400_000 },
  async (encoding, sdk) => {
    const missing = await sdk.install();
    if (missing) throw new Error(missing);
    const settings = otlp.settings.parse({ enabled: true, port: await freePort() });
    const surroundings = bareMachine();
    const [account] = (await otlp.discover(surroundings, settings)).accounts;
    if (!account) throw new Error('no account');
    const connection = otlp.open(account, surroundings, settings);
    const observe = () =>
      connection.observe({
        what: new Set(['telemetry'] as const),
        wanted: [],
        signal: AbortSignal.timeout(30_000),
      });
    try {
      await observe();
      const endpoint = `http://127.0.0.1:${settings.port}/v1/metrics`;
      const { stdout, stderr } = await run(
        sdk.bin('python'),
        [program, encoding, endpoint, 'train-7b'],
        { timeout: 120_000 },
      );
      expect(stdout.trim().split('\n')).toEqual(['True', 'True']);
      expect(stderr).not.toMatch(/fail|error/i);
      const { progress = [], samples } = await observe();
      const values = progress.map(({ counter, value, fromZero }) => ({ counter, value, fromZero }));
      expect(values.toSorted((a, b) => a.value - b.value)).toEqual([
        { counter: 'steps', value: 35, fromZero: true },
        { counter: 'tokens', value: 35, fromZero: true },
        { counter: 'tokens', value: 35 * 2048, fromZero: true },
      ]);
      for (const { of, since, at } of progress) {
        expect(of).toMatchObject({ job: 'train-7b', host: 'gpu01', pid: 4711 });
        expect(since).toBeLessThanOrEqual(at);
      }
      expect(samples).toMatchObject([{ node: 'gpu01', gpu: 'GPU-1', utilization: 0.75 }]);
    } finally {
      await connection.close?.();
    }
  },
);
