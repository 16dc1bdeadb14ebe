import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { servePage } from '@burnrate/shared/panel/host/serve.ts';
import { expect, test } from 'vitest';
import { until } from '../collector/live.ts';
import { openLink } from './link.ts';

setFlagsFromString('--expose-gc');
/** What is no longer held is not counted. */
const collectGarbage = runInNewContext('gc') as () => void;

/** A large fleet's snapshot: its words make it half a megabyte. */
const large = (id: number): Snapshot =>
  ({ id, notices: [{ id: 'n', severity: 'info', message: 'x'.repeat(500_000) }] }) as never;

test('a tab that does not read costs little memory, and gets the latest when it reads again', async () => {
  const { link, send, listening } = openLink();
  const page = await servePage({ link, files: tmpdir() });
  const { port, pathname, host } = new URL(page.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`GET ${pathname}events HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  socket.pause();
  await until('the listener', () => listening() === 2);
  collectGarbage();
  const before = process.memoryUsage().external + process.memoryUsage().heapUsed;
  for (let id = 1; id <= 400; id++) {
    send(large(id));
    if (id % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  // Two hundred megabytes were said; a few are kept.
  collectGarbage();
  const after = process.memoryUsage().external + process.memoryUsage().heapUsed;
  expect((after - before) / 1e6).toBeLessThan(100);

  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text = (text + chunk).slice(-2_000_000);
  });
  socket.resume();
  await until('the latest', () => text.includes('"id":400,'));
  socket.destroy();
  await until('the end of the subscription', () => listening() === 0);
  await page.close();
});
