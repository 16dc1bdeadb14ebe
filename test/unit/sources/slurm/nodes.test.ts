import { parseNodes, toNode } from '@burnrate/shared/sources/slurm/nodes.ts';
import { Settings } from '@burnrate/shared/sources/slurm/settings.ts';
import { expect, test } from 'vitest';
import { RECORDED_AT, recorded } from './recorded.ts';

const context = {
  account: 'slurm:lab',
  prices: {},
  units: () => undefined,
  since: undefined,
  now: RECORDED_AT,
};

/** One node as Slurm tells of it, with some values changed. */
function told(changes: Record<string, string>): string {
  let line = recorded('nodes.txt').split('\n')[0] ?? '';
  for (const [name, value] of Object.entries(changes))
    line = line.replace(new RegExp(`(?<= )${name}=\\S*`), `${name}=${value}`);
  return line;
}

function node(changes: Record<string, string>, more: Partial<Parameters<typeof toNode>[1]> = {}) {
  const [machine] = parseNodes(told(changes));
  if (!machine) throw new Error('no node');
  return toNode(machine, { ...context, ...more });
}

test('a node has its GPUs, its cores, and every name of its own', () => {
  const [first, second] = parseNodes(recorded('nodes.txt'));
  expect(first && toNode(first, context)).toMatchObject({
    id: 'slurm:lab:gpu-1',
    name: 'gpu-1',
    // 127.0.0.1 is every machine's.
    aliases: ['gpu-1', 'gpu-host'],
    gpus: { count: 4, model: 'a100' },
    cores: 8,
    state: 'running',
    mine: false,
    scheduled: true,
    labels: { partition: 'gpu', slurmState: 'mixed' },
  });
  expect(second?.name).toBe('gpu-2');
  const elsewhere = node({ NodeAddr: 'GPU-1.Cluster.Example', NodeHostName: 'ip-10-0-0-7' });
  expect(elsewhere.aliases).toEqual(['gpu-1', 'gpu-1.cluster.example', 'ip-10-0-0-7']);
});

test('GPUs are counted by CfgTRES where Gres is empty', () => {
  expect(node({ Gres: '(null)', CfgTRES: 'cpu=8,gres/gpu=8' }).gpus).toEqual({ count: 8 });
  expect(node({ Gres: '(null)' }).gpus).toEqual({ count: 0 });
});

test.each([
  ['IDLE', 'running'],
  ['IDLE*', 'running'],
  ['MIXED+DRAIN', 'running'],
  ['ALLOCATED+CLOUD', 'running'],
  ['DOWN*+DRAIN', 'stopped'],
  ['IDLE+CLOUD+POWERED_DOWN', 'stopped'],
  ['MIXED+CLOUD+POWERING_UP', 'starting'],
  ['IDLE+CLOUD+POWERING_DOWN', 'stopping'],
])('a node that is %s', (State, state) => {
  expect(node({ State }).state).toBe(state);
});

test('its price is that of its partition in burnrate.yaml, and `*` is every other one', () => {
  const { prices } = Settings.parse({
    prices: {
      gpu: { perGpuHour: 2.5, perCoreHour: 0.01 },
      debug: { perNodeHour: 1 },
      '*': { perCoreHour: 0.02 },
    },
  });
  expect(node({}, { prices }).rate).toEqual({
    microsPerHour: 10_080_000,
    provenance: 'list',
    basis: 'your burnrate.yaml',
    asOf: RECORDED_AT,
  });
  expect(node({ Partitions: 'all,debug' }, { prices }).rate?.microsPerHour).toBe(1_000_000);
  expect(node({ Partitions: 'cpu' }, { prices }).rate?.microsPerHour).toBe(160_000);
  expect(node({ Partitions: 'cpu' }, { prices: { gpu: { perNodeHour: 1 } } }).rate).toBeUndefined();
});

test('a price by billing units is none where the units are not known', () => {
  const { prices } = Settings.parse({
    prices: { gpu: { perBillingUnitHour: 0.5, perNodeHour: 1 }, '*': { perBillingUnitHour: 1 } },
  });
  const units = (partition: string) => ({ gpu: 24, cpu: 8 })[partition];
  expect(node({}, { prices, units }).rate?.microsPerHour).toBe(13_000_000);
  expect(node({ Partitions: 'cpu' }, { prices, units }).rate?.microsPerHour).toBe(8_000_000);
  expect(node({ Partitions: 'new' }, { prices, units }).rate).toBeUndefined();
});

test('a price must say what it is for', () => {
  expect(Settings.safeParse({ prices: { gpu: {} } }).success).toBe(false);
  expect(Settings.safeParse({ prices: { gpu: { perHour: 1 } } }).success).toBe(false);
});

test('it is known to be paid for since its earliest job, but not from before its boot', () => {
  const bootedAt = 1_795_555_180_000;
  expect(node({}).launchedAt).toBeUndefined();
  expect(node({}, { since: bootedAt + 5000 }).launchedAt).toBe(bootedAt + 5000);
  expect(node({}, { since: bootedAt - 5000 }).launchedAt).toBe(bootedAt);
  expect(node({ BootTime: 'None' }, { since: 5000 }).launchedAt).toBe(5000);
});

test('what an administrator writes changes nothing but the reason', () => {
  const line = `${told({})} Comment=NodeName=evil State=DOWN Reason=bad NodeName=x State=DOWN [root@1795558000]`;
  const [machine] = parseNodes(line);
  expect(machine).toMatchObject({ name: 'gpu-1', states: ['MIXED'] });
  expect(machine?.reason).toBe('bad NodeName=x State=DOWN [root@1795558000]');
});

test('anything else is no list of nodes', () => {
  expect(() => parseNodes('<html><body>Please sign in</body></html>')).toThrow(RangeError);
  expect(parseNodes('No nodes in the system\n')).toEqual([]);
  expect(parseNodes('')).toEqual([]);
});
