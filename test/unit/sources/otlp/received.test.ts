import type { Progress } from '@burnrate/shared/model/progress.ts';
import type { Sample } from '@burnrate/shared/model/sample.ts';
import { HOUR, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import type { Traffic } from '@burnrate/shared/model/traffic.ts';
import { Received, type Refused } from '@burnrate/shared/sources/otlp/received.ts';
import { type Encoding, readRequest } from '@burnrate/shared/sources/otlp/wire.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encode, requestOf, type Sent } from './messages.ts';

const NOON = Date.UTC(2026, 10, 25, 12);

interface Known {
  refused: Refused[];
  samples: Sample[];
  progress: Progress[];
  traffic: Traffic[];
}

/** What is known after these were sent, each at its own time and in both encodings. */
function after(...sent: Sent[]): Known {
  const first = sentIn('protobuf', sent);
  expect(sentIn('json', sent)).toEqual(first);
  return first;
}

function sentIn(encoding: Encoding, sent: readonly Sent[]): Known {
  const received = new Received('here');
  let now = NOON;
  const refused = sent.map((one) => {
    now = Math.max(now, one.at);
    const message = requestOf(one);
    const body =
      encoding === 'json' ? Buffer.from(JSON.stringify(message)) : encode('Request', message);
    return received.take(readRequest(body, encoding), now);
  });
  return {
    refused: refused.filter((one) => one !== undefined),
    samples: received.samples(now),
    progress: received.progress(now),
    traffic: received.traffic(now),
  };
}

test("a job's counters are read, with what says whose they are", () => {
  const resource = {
    'slurm.job.id': 4711,
    'k8s.pod.name': 'train-0',
    'k8s.namespace.name': 'ml',
    'host.name': 'GPU01',
    'process.pid': 77,
    'burnrate.job': 'train',
    SKYPILOT_TASK_ID: 'sky-1_a_1',
  };
  const since = NOON - HOUR;
  const { progress } = after({ name: 'burnrate.steps', resource, value: 1200, at: NOON, since });
  expect(progress).toMatchObject([
    {
      at: NOON,
      counter: 'steps',
      value: 1200,
      fromZero: true,
      since,
      of: {
        job: 'train',
        slurmJob: '4711',
        pod: 'train-0',
        namespace: 'ml',
        skypilotTask: 'sky-1_a_1',
        host: 'gpu01',
        pid: 77,
      },
    },
  ]);
});

test('a sender that does not say where it runs is on this machine', () => {
  const { progress } = after({ name: 'burnrate.tokens', value: 5, at: NOON });
  expect(progress[0]?.of).toEqual({ host: 'here' });
});

test.each<[string, Sent['kind'], string, boolean]>([
  ['burnrate.steps', 'counter', 'steps', true],
  ['burnrate.steps', 'gauge', 'steps', false],
  ['burnrate.samples', 'counter', 'samples', true],
  ['gen_ai.client.token.usage', 'histogram', 'tokens', true],
  ['vllm:generation_tokens_total', 'counter', 'tokens', true],
])('%s, sent as a %s, counts %s', (name, kind = 'counter', counter, fromZero) => {
  const { progress, refused } = after({ name, kind, value: 7, at: NOON });
  expect(progress).toMatchObject([{ counter, value: 7, fromZero }]);
  expect(refused).toEqual([]);
});

test('differences add up, and one that is sent again counts once', () => {
  const delta = (value: number, at: number): Sent => ({
    name: 'burnrate.tokens',
    kind: 'delta',
    value,
    at,
  });
  const again = delta(30, NOON + 15 * SECOND);
  const { progress } = after(delta(10, NOON), again, again, delta(5, NOON + 30 * SECOND));
  expect(progress).toMatchObject([{ value: 45, at: NOON + 30 * SECOND }]);
});

test('processes that do not say who they are are told apart by when they began', () => {
  const rank = (since: number, value: number): Sent => ({
    name: 'burnrate.tokens',
    value,
    at: NOON,
    since,
  });
  const { progress } = after(rank(NOON - 9_000, 100), rank(NOON - 8_000, 90));
  expect(new Set(progress.map(({ series }) => series)).size).toBe(2);
});

test('GPUs are read by the conventions for hardware', () => {
  const gpu = (name: string, value: number, more: Record<string, string | number> = {}): Sent => ({
    name,
    kind: 'gauge',
    value,
    at: NOON,
    resource: { 'host.name': 'gpu01' },
    attributes: { 'hw.id': 'GPU-1', 'hw.type': 'gpu', 'hw.model': 'H100', 'gpu.index': 3, ...more },
  });
  const { samples } = after(
    gpu('hw.gpu.utilization', 0.87, { 'hw.gpu.task': 'general' }),
    gpu('hw.gpu.utilization', 0.01, { 'hw.gpu.task': 'decoder' }),
    gpu('hw.gpu.memory.usage', 40e9),
    gpu('hw.gpu.memory.limit', 80e9),
    gpu('hw.power', 612),
    { ...gpu('hw.gpu.io', 1e9, { 'network.io.direction': 'transmit' }), kind: 'counter' },
    {
      ...gpu('hw.gpu.io', 3e9, { 'network.io.direction': 'transmit' }),
      kind: 'counter',
      at: NOON + 10 * SECOND,
    },
  );
  expect(samples).toEqual([
    {
      at: NOON + 10 * SECOND,
      node: 'gpu01',
      gpu: 'GPU-1',
      gpuIndex: 3,
      model: 'H100',
      utilization: 0.87,
      memoryUsed: 40e9,
      memoryTotal: 80e9,
      power: 612,
      pcieTx: 0.2e9,
    },
  ]);
});

test('power of what is no GPU, and metrics of other kinds, are taken and dropped', () => {
  const { samples, progress, refused } = after(
    { name: 'hw.power', kind: 'gauge', value: 90, at: NOON, attributes: { 'hw.id': 'cpu' } },
    { name: 'http.server.request.duration', kind: 'histogram', value: 3, at: NOON },
  );
  expect({ samples, progress, refused }).toEqual({ samples: [], progress: [], refused: [] });
});

test.each<[string, Partial<Sent>, RegExp]>([
  ['a counter that may fall', { kind: 'updown' }, /may fall/],
  ['a count below zero', { value: -3 }, /no count/],
  ['a count that is no number', { value: Number.NaN }, /no count/],
  ['a GPU without its id', { name: 'hw.gpu.utilization', kind: 'gauge' }, /no hw.id/],
])('%s is refused, and the sender is told why', (_, changes, why) => {
  const message = requestOf({ name: 'burnrate.steps', value: 3, at: NOON, ...changes });
  const request = readRequest(encode('Request', message), 'protobuf');
  const received = new Received('here');
  const refused = received.take(request, NOON);
  expect(refused).toEqual({ points: 1, because: expect.stringMatching(why) });
  expect([...received.samples(NOON), ...received.progress(NOON)]).toEqual([]);
});

test('a sender that has fallen silent is forgotten, and a clock that is ahead is not believed', () => {
  const received = new Received('here');
  const sent = requestOf({ name: 'burnrate.steps', value: 3, at: NOON + HOUR });
  received.take(readRequest(encode('Request', sent), 'protobuf'), NOON);
  expect(received.progress(NOON)).toMatchObject([{ at: NOON }]);
  expect(received.progress(NOON + 11 * MINUTE)).toEqual([]);
});

test('no message, however broken, does more than be refused', () => {
  const good = encode('Request', requestOf({ name: 'burnrate.steps', value: 3, at: NOON }));
  const received = new Received('here');
  const attempt = (body: Buffer, encoding: 'json' | 'protobuf') => {
    let request: ReturnType<typeof readRequest>;
    try {
      request = readRequest(body, encoding);
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      return;
    }
    received.take(request, NOON);
    for (const sample of received.samples(NOON)) expect(sample.at).toBeLessThanOrEqual(NOON);
    for (const { value } of received.progress(NOON)) expect(value).toBeGreaterThanOrEqual(0);
  };
  const damage = fc.array(fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) }));
  fc.assert(
    fc.property(damage, fc.nat(good.length), (changes, length) => {
      const body = Buffer.from(good);
      for (const { at, byte } of changes) body[at] = byte;
      attempt(body.subarray(0, length), 'protobuf');
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => attempt(Buffer.from(bytes), 'protobuf')),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.json(), (text) => attempt(Buffer.from(text), 'json')),
    { numRuns: 200 },
  );
  const shapes = fc.record({ resourceMetrics: fc.anything() });
  fc.assert(
    fc.property(shapes, (shape) => attempt(Buffer.from(JSON.stringify(shape)), 'json')),
    { numRuns: 200 },
  );
});

test('what a machine sends and writes is counted by device, as totals or as differences', () => {
  const resource = { 'host.name': 'GPU01' };
  const io = (
    attributes: Record<string, string>,
    value: number,
    more: Partial<Sent> = {},
  ): Sent => ({
    name: 'system.network.io',
    resource,
    attributes: { 'network.interface.name': 'eth0', ...attributes },
    value,
    at: NOON,
    ...more,
  });
  const { traffic, refused } = after(
    io({ 'network.io.direction': 'transmit' }, 700),
    io({ 'network.io.direction': 'receive' }, 20),
    // The names of older collectors; and what never leaves the machine.
    io({ direction: 'transmit', 'network.interface.name': 'lo' }, 9),
    io({ direction: 'write', device: 'sda' }, 5, {
      name: 'system.disk.io',
      attributes: { direction: 'write', device: 'sda' },
    }),
    io({}, 3, {
      name: 'hw.network.io',
      attributes: { 'hw.id': 'nic1', 'network.io.direction': 'transmit' },
    }),
    io({}, 1),
  );
  expect(traffic).toEqual([
    { at: NOON, node: 'gpu01', device: 'eth0', sent: 700, received: 20 },
    { at: NOON, node: 'gpu01', device: 'sda', written: 5 },
    { at: NOON, node: 'gpu01', device: 'nic1', sent: 3 },
  ]);
  expect(refused).toEqual([
    { points: 1, because: 'system.network.io does not say in which direction' },
  ]);
  const sent = { 'network.io.direction': 'transmit' };
  const differences = [
    io(sent, 100, { kind: 'delta' }),
    io(sent, 100, { kind: 'delta' }),
    io(sent, 50, { kind: 'delta', at: NOON + 15 * SECOND }),
  ];
  // One that is sent again counts once.
  expect(after(...differences).traffic).toMatchObject([{ sent: 150, at: NOON + 15 * SECOND }]);
});
