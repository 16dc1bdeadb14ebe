import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import { prometheus } from '@burnrate/shared/sources/prometheus/index.ts';
import { describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { gpu, metrics, startExporter } from '../../unit/sources/dcgm/exporter.ts';
import { byGpu, open } from './open.ts';
import { installVictoria, startVictoria } from './server.ts';

const missing = await installVictoria();

describe.skipIf(missing !== undefined)(
  `a real VictoriaMetrics${missing ? ` (${missing})` : ''}`,
  () => {
    test('says what the exporter does, and no more of a GPU whose series have ended', async () => {
      const first = gpu({ DCGM_FI_DEV_GPU_UTIL: 57, DCGM_FI_DEV_POWER_USAGE: '301.254000' });
      const second = gpu({ DCGM_FI_DEV_GPU_UTIL: 5 }, { gpu: '1', UUID: 'GPU-1', pod: 'p' });
      const exporter = await startExporter(metrics(first + second));
      const server = await startVictoria([exporter.address]);
      try {
        const through = await open(prometheus, { servers: [{ url: server.url }] });
        const directly = await open(dcgm, { endpoints: [exporter.address] });
        const expected = byGpu(await directly.samples());
        expect(expected).toHaveLength(2);
        const seen = await until('both to be scraped', async () => {
          const samples = await through.samples();
          return samples.length === 2 && samples;
        });
        expect(byGpu(seen)).toEqual(expected);

        exporter.on(metrics(first));
        const left = await until('the second to end', async () => {
          const samples = await through.samples();
          return samples.length === 1 && samples;
        });
        expect(byGpu(left)).toEqual(expected.slice(0, 1));

        const servers = [{ url: server.url, selector: 'gpu=~"("' }];
        const wrong = await open(prometheus, { servers });
        await expect(wrong.samples()).rejects.toMatchObject({
          kind: 'malformed',
          message: expect.stringMatching(/cannot do the query.*missing closing \)/),
        });
        for (const { connection } of [through, directly, wrong]) await connection.close?.();
      } finally {
        await server.stop();
        await exporter.close();
      }
    });
  },
);
