import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { FLOWS, type Flow, type Traffic } from '@burnrate/shared/model/traffic.ts';
import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import { readTraffic } from '@burnrate/shared/sources/local/traffic.ts';
import { prometheus } from '@burnrate/shared/sources/prometheus/index.ts';
import type { Source } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { open } from './open.ts';
import { installNodeExporter, type Prometheus, startPrometheus } from './server.ts';

const missing = await installNodeExporter();

/** A node_exporter of this very machine, at a port of its own. */
async function startNodeExporter(): Promise<{ address: string; stop(): Promise<void> }> {
  const args = ['--web.listen-address=127.0.0.1:0'];
  const child = spawn('/usr/bin/prometheus-node-exporter', args, {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  const address = await until('node_exporter to listen', () => {
    if (child.exitCode !== null) throw new Error(`node_exporter has ended: ${said}`);
    return /msg="Listening on" address=(\S+)/.exec(said)?.[1];
  });
  return { address, stop };
}

/** What a source shows of this machine's traffic now. */
async function trafficOf<Settings>(source: Source<Settings>, section: unknown): Promise<Traffic[]> {
  const { connection } = await open(source, section);
  try {
    const what = new Set(['telemetry'] as const);
    const signal = AbortSignal.timeout(30_000);
    const { traffic, partial } = await connection.observe({ what, wanted: [], signal });
    expect(partial).toBeUndefined();
    return traffic ?? [];
  } finally {
    await connection.close?.();
  }
}

/** The counters of all devices, as far as they are measured. */
function counters(traffic: readonly Traffic[]): Map<string, number> {
  return new Map(
    traffic.flatMap((reading) =>
      FLOWS.flatMap((flow: Flow) => {
        const value = reading[flow];
        return value === undefined ? [] : [[`${reading.device} ${flow}`, value] as const];
      }),
    ),
  );
}

/** No counter is smaller than it was before. */
function expectGrown(before: readonly Traffic[], after: readonly Traffic[]): void {
  const later = counters(after);
  for (const [counter, value] of counters(before)) {
    expect([counter, (later.get(counter) ?? -1) >= value]).toEqual([counter, true]);
  }
}

describe.skipIf(missing !== undefined)(
  `a real node_exporter${missing ? ` (${missing})` : ''}`,
  () => {
    let exporter: Awaited<ReturnType<typeof startNodeExporter>>;
    let server: Prometheus;

    beforeAll(async () => {
      exporter = await startNodeExporter();
      server = await startPrometheus([exporter.address]);
    });
    afterAll(async () => {
      await server?.stop();
      await exporter?.stop();
    });

    test('tells the same, by a Prometheus and directly, as this machine does itself', async () => {
      const here = () => readTraffic(thisMachine(), hostname(), Date.now());
      const before = await here();
      expect(before.length).toBeGreaterThan(0);
      const scrapedAfter = Date.now();
      const direct = await trafficOf(dcgm, { endpoints: [exporter.address] });
      const scraped = await until('a scrape', async () => {
        const traffic = await trafficOf(prometheus, { servers: [{ url: server.url }] });
        return traffic.length > 0 && traffic.every(({ at }) => at >= scrapedAfter) && traffic;
      });
      const after = await here();
      const devices = (traffic: readonly Traffic[]) => [...counters(traffic).keys()].sort();
      // node_exporter leaves loopback in, and leaves out some disks that Linux lists.
      expect(devices(direct)).toEqual(devices(scraped));
      expect(devices(scraped).filter((one) => one.startsWith('lo '))).toEqual([]);
      const network = (traffic: readonly Traffic[]) =>
        traffic.filter(({ sent }) => sent !== undefined);
      expect(devices(network(scraped))).toEqual(devices(network(before)));
      expect(new Set(direct.map(({ node }) => node))).toEqual(new Set(['127.0.0.1']));
      for (const told of [direct, scraped]) {
        expectGrown(network(before), told);
        expectGrown(told, after);
      }
    });

    test('is found well by the doctor, though it tells of no GPU', async () => {
      const signal = AbortSignal.timeout(30_000);
      const through = await open(prometheus, { servers: [{ url: server.url }] });
      const checks = await until('a scrape', async () => {
        const said = await through.connection.diagnose(signal);
        return said.every(({ ok }) => ok) && said;
      });
      expect(checks[1]?.message).toContain('network and disks of 1 machine');
      await through.connection.close?.();
      const directly = await open(dcgm, { endpoints: [exporter.address] });
      const [, telemetry] = await directly.connection.diagnose(signal);
      expect(telemetry).toMatchObject({ ok: true });
      expect(telemetry?.message).toContain('the network and disks of its machine');
      await directly.connection.close?.();
    });
  },
);
