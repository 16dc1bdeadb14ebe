import type { Node } from '@burnrate/shared/model/node.ts';
import { MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { accountOf, WatchOver } from './watch_over.ts';

const START = Date.UTC(2026, 10, 24);

const machine: Node = {
  id: 'aws:dev:i-0abc1234',
  source: 'aws',
  account: 'aws:dev',
  name: 'train',
  aliases: ['i-0abc1234', 'ip-10-0-0-7', '10.0.0.7'],
  gpus: { count: 8 },
  state: 'running',
  launchedAt: START,
  billing: { incrementMs: 1000, minimumMs: 60_000 },
  mine: true,
  priceKey: {
    provider: 'aws',
    instanceType: 'p4d.24xlarge',
    region: 'us-east-1',
    market: 'on-demand',
  },
  labels: {},
};

test('a cloud is told by every name of a machine that an exporter tells of, while it does', () => {
  const watch = new WatchOver(START);
  watch.see({ 'aws:dev': { nodes: [machine] } });
  const told = (account: string) => watch.tick.intake.toldByOthers(account);
  expect(told('aws:dev')).toEqual(new Set());
  // The exporter knows the machine by the name that it gives itself.
  watch.tick.intake.take(accountOf('dcgm:fleet'), {
    what: new Set(['telemetry']),
    askedAt: START,
    observation: {
      at: START,
      samples: [{ at: START, node: 'ip-10-0-0-7', gpu: 'GPU-0', utilization: 0.9 }],
    },
    costMicros: 0,
  });
  expect(told('aws:dev')).toEqual(new Set([machine.id, ...machine.aliases]));
  expect(told('dcgm:fleet')).toEqual(new Set());
  watch.now = START + 6 * MINUTE;
  expect(told('aws:dev')).toEqual(new Set());
  watch.store.close();
});

test('readings of machines that no account lists are not kept', () => {
  const watch = new WatchOver(START);
  watch.see({ 'aws:dev': { nodes: [machine] } });
  const of = (node: string) => ({ at: START, node, gpu: `GPU of ${node}`, utilization: 0.9 });
  watch.tick.intake.take(accountOf('dcgm:fleet'), {
    what: new Set(['telemetry']),
    askedAt: START,
    observation: { at: START, samples: [of('10.0.0.7'), of('10.0.0.8')] },
    costMicros: 0,
  });
  watch.tick.run();
  const kept = watch.store.samples({ from: START, to: START + 1 });
  expect(kept.map(({ nodeId, gpu }) => [nodeId, gpu])).toEqual([[machine.id, 'GPU of 10.0.0.7']]);
  watch.store.close();
});
