import { machinesOf } from '@burnrate/shared/store/clickhouse/machines.ts';
import { expect, test } from 'vitest';

type Seen = Parameters<typeof machinesOf>[0][number];

function seen(collector: string, id: string, changes: Partial<Seen> = {}): Seen {
  const [source = '', name = ''] = id.split(':');
  return {
    id,
    collector,
    name: id.split(':').at(-1) ?? '',
    source,
    account: `${source}:${name}`,
    owner: '',
    mine: 0,
    aliases: [],
    labels: '{}',
    price_key: '',
    ...changes,
  };
}

const INSTANCE = 'i-0123456789abcdef0';

test('a machine that two collectors call by one id is one', () => {
  const machines = machinesOf([
    seen('x', 'aws:1:i-1', { aliases: [INSTANCE] }),
    seen('y', 'aws:1:i-1', { aliases: [INSTANCE, '10.0.0.7'], mine: 1, owner: 'ada' }),
  ]);
  expect(machines.of('x', 'aws:1:i-1')).toBe(machines.of('y', 'aws:1:i-1'));
  expect(machines.sql).toBe('node');
  expect(machines.isMine('y', 'aws:1:i-1')).toBe(true);
  expect(machines.isMine('x', 'aws:1:i-1')).toBe(false);
  expect(machines.facts('aws:1:i-1')).toMatchObject({ owner: 'ada' });
});

test('an instance that one sees in its cloud and another in its cluster is one', () => {
  const machines = machinesOf([
    seen('x', `aws:1:${INSTANCE}`, { aliases: [INSTANCE] }),
    seen('y', 'kubernetes:prod:ip-10-0-0-7', { aliases: [`aws:///us-east-1a/${INSTANCE}`] }),
  ]);
  const one = machines.of('x', `aws:1:${INSTANCE}`);
  expect(machines.of('y', 'kubernetes:prod:ip-10-0-0-7')).toBe(one);
  expect(machines.sql).toContain("transform(concat(node, '\\n', collector)");
});

test('machines of two clusters that everyone calls `default` are two', () => {
  const machines = machinesOf([
    seen('x', 'kubernetes:default:node-1', { aliases: ['10.0.0.1', 'node-1.a.example'] }),
    seen('y', 'kubernetes:default:node-1', { aliases: ['10.9.0.1', 'node-1.b.example'], mine: 1 }),
    seen('z', 'kubernetes:default:node-1', { aliases: ['10.9.0.1'] }),
  ]);
  const [x, y, z] = ['x', 'y', 'z'].map((one) => machines.of(one, 'kubernetes:default:node-1'));
  expect(x).not.toBe(y);
  expect(z).toBe(y);
  expect(machines.isMine('y', y ?? '')).toBe(true);
  expect(machines.isMine('y', x ?? '')).toBe(false);
});

test('a node of which nobody told anything is itself', () => {
  expect(machinesOf([]).of('x', 'slurm:lab:n1')).toBe('slurm:lab:n1');
  expect(machinesOf([]).facts('slurm:lab:n1')).toBeUndefined();
});

test('a name with any sign in it is one text of a statement', () => {
  const { sql } = machinesOf([
    seen('x', `aws:1:${INSTANCE}`, { aliases: [INSTANCE] }),
    seen("y'); DROP TABLE node; --\\", 'slurm:lab:n1', { aliases: [INSTANCE] }),
  ]);
  expect(sql).toContain("\\'); DROP TABLE node; --\\\\'");
});
