import { afterEach, describe, expect, it } from 'vitest';
import { openExporter } from '../../fleet/exporter.ts';
import { Instance } from '../../fleet/instance.ts';
import { Machine } from '../../fleet/scenario.ts';

const ORIGIN = Date.UTC(2026, 0, 2, 12);
const MINUTE = 60_000;
const opened: { close(): void }[] = [];

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

async function exporterOf(machine: Partial<Machine>) {
  const clock = { origin: ORIGIN, time: ORIGIN, now: () => clock.time };
  const whole = Machine.parse({
    name: 'trainer',
    type: 'p4d.24xlarge',
    launched: -60,
    workload: { kind: 'training', level: 0.92, drop: { at: 14, to: 0.18 } },
    ...machine,
  });
  const instance = new Instance(whole, 1, clock);
  const exporter = await openExporter(instance, clock);
  opened.push(exporter);
  return { clock, instance, url: `${exporter.url}/metrics` };
}

/** The values of one family, by GPU. */
function valuesOf(text: string, family: string): number[] {
  return [...text.matchAll(new RegExp(`^${family}\\{[^}]*\\} (\\S+)$`, 'gm'))].map(([, value]) =>
    Number(value),
  );
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('a simulated dcgm-exporter', () => {
  it("prints dcgm-exporter's families, each GPU under the machine's own name", async () => {
    const { url, instance } = await exporterOf({});
    const text = await (await fetch(url)).text();
    const families = text.match(/^# TYPE DCGM_FI_\w+ (gauge|counter)$/gm) ?? [];
    expect(families.length).toBeGreaterThanOrEqual(30);
    expect(valuesOf(text, 'DCGM_FI_DEV_GPU_UTIL')).toHaveLength(8);
    expect(new Set(text.match(/UUID="GPU-[0-9a-f-]{36}"/g))).toHaveProperty('size', 8);
    expect(new Set(text.match(/Hostname="[^"]*"/g))).toEqual(
      new Set([`Hostname="${instance.privateDnsName}"`]),
    );
  });

  it('shows the drop once it has come, and the memory still held', async () => {
    const { url, clock } = await exporterOf({});
    const before = await (await fetch(url)).text();
    expect(mean(valuesOf(before, 'DCGM_FI_PROF_GR_ENGINE_ACTIVE'))).toBeGreaterThan(0.5);
    clock.time += 16 * MINUTE;
    const after = await (await fetch(url)).text();
    const active = mean(valuesOf(after, 'DCGM_FI_PROF_GR_ENGINE_ACTIVE'));
    expect(active).toBeGreaterThan(0.12);
    expect(active).toBeLessThan(0.24);
    expect(valuesOf(after, 'DCGM_FI_DEV_FB_USED')).toEqual(valuesOf(before, 'DCGM_FI_DEV_FB_USED'));
    const energy = (text: string) => mean(valuesOf(text, 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION'));
    expect(energy(after)).toBeGreaterThan(energy(before));
  });

  it('answers with its last collection until the next is due', async () => {
    const { url, clock } = await exporterOf({});
    const texts: string[] = [];
    for (let second = 0; second < 30; second += 5) {
      clock.time = ORIGIN + second * 1000;
      texts.push(await (await fetch(url)).text());
    }
    expect(new Set(texts).size).toBe(2);
  });

  it('is gone when its machine is stopped', async () => {
    const { url, instance } = await exporterOf({});
    expect((await fetch(url)).ok).toBe(true);
    instance.end('stop');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('answers as a broken one does where the scenario says so', async () => {
    const html = await exporterOf({ exporter: { answers: 'html', collectSeconds: 30 } });
    expect(await (await fetch(html.url)).text()).toContain('<!DOCTYPE html>');

    const flood = await exporterOf({ exporter: { answers: 'flood', collectSeconds: 30 } });
    const stop = new AbortController();
    const { body } = await fetch(flood.url, { signal: stop.signal });
    let bytes = 0;
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes > 20_000_000) break;
    }
    stop.abort();
    expect(bytes).toBeGreaterThan(20_000_000);

    const nothing = await exporterOf({ exporter: { answers: 'nothing', collectSeconds: 30 } });
    await expect(fetch(nothing.url, { signal: AbortSignal.timeout(300) })).rejects.toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
  });
});
