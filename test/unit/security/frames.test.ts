import { once } from 'node:events';
import { connect } from 'node:net';
import { PROTOCOL_VERSION } from '@burnrate/shared/protocol/protocol.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Home } from '../collector/live.ts';
import { damaged } from './damage.ts';

const RUNS = 40;

const frame = (body: object) => {
  const text = JSON.stringify({ jsonrpc: '2.0', ...body });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};
const hello = { face: 'cli', version: '0.1.0', protocol: PROTOCOL_VERSION, notifies: false };
const CONVERSATION = [
  { id: 1, method: 'initialize', params: { rootUri: null, initializationOptions: hello } },
  { method: 'initialized', params: {} },
  { id: 2, method: 'burnrate/snapshot', params: {} },
  { id: 3, method: 'burnrate/planStop', params: { jobId: 'slurm:lab:1' } },
  { id: 4, method: 'burnrate/history', params: { from: 0, to: 3_600_000, stepMs: 60_000 } },
  { method: 'textDocument/didOpen', params: { textDocument: { uri: 'file:///a', text: 'x' } } },
]
  .map(frame)
  .join('');

test('whatever a face sends, the collector lives and serves the others', async () => {
  await using home = new Home();
  const good = await home.connect();
  const { pid } = good.welcome;
  await fc.assert(
    fc.asyncProperty(damaged(CONVERSATION), async (text) => {
      const socket = connect(home.paths.socket);
      const closed = once(socket, 'close');
      socket.on('error', () => socket.destroy());
      socket.resume();
      socket.end(Buffer.from(text, 'utf8'));
      await closed;
      expect((await good.request('snapshot', {})).collector.pid).toBe(pid);
    }),
    { numRuns: RUNS },
  );
  expect(good.welcome.pid).toBe(pid);
  expect(home.log()).not.toContain('crashed');
});
