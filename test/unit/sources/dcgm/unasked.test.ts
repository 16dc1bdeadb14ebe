import { gzipSync } from 'node:zlib';
import { systemClock } from '@burnrate/shared/model/time.ts';
import { endpointsOf } from '@burnrate/shared/sources/dcgm/endpoint.ts';
import { Scraper } from '@burnrate/shared/sources/dcgm/scrape.ts';
import { afterEach, expect, test } from 'vitest';
import { type Exporter, gpu, startExporter } from './exporter.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** An exporter that answers so in gzip, whatever was asked for, and a way to read it. */
async function zipping(body: Buffer) {
  const exporter: Exporter = await startExporter((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' });
    response.end(body);
  });
  undo.push(() => exporter.close());
  const scraper = new Scraper({ account: 'dcgm:test', clock: systemClock });
  undo.push(() => scraper.close());
  const [endpoint] = endpointsOf([exporter.address]);
  if (!endpoint) throw new Error('no endpoint');
  return { exporter, read: () => scraper.scrape(endpoint, { timeoutMs: 10_000 }) };
}

const text = Array.from({ length: 64 }, (_, index) =>
  gpu({ DCGM_FI_DEV_GPU_UTIL: index }, { gpu: String(index), UUID: `GPU-${index}` }),
).join('');

test('an exporter that compresses unasked is read, over one connection', async () => {
  const { exporter, read } = await zipping(gzipSync(text));
  for (const _ of [1, 2]) expect((await read()).samples).toHaveLength(64);
  expect(exporter.asked[0]?.headers['accept-encoding']).toBeUndefined();
  expect(exporter.connections).toBe(1);
});

test('what is compressed and cut off is no reading', async () => {
  const { read } = await zipping(gzipSync(text).subarray(0, 200));
  await expect(read()).rejects.toMatchObject({ kind: 'malformed' });
});

test('one exporter is read by two at the same time', async () => {
  const { exporter, read } = await zipping(gzipSync(text));
  const both = await Promise.all([read(), read()]);
  expect(both.map(({ samples }) => samples.length)).toEqual([64, 64]);
  await read();
  // The second connection was for that moment.
  expect(exporter.connections).toBe(2);
});
