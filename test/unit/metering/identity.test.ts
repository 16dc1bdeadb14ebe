import { identify } from '@burnrate/shared/metering/identity.ts';
import { namesIn } from '@burnrate/shared/metering/names.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeOf } from './given.ts';

const INSTANCE = 'i-0123456789abcdef0';
const sold = (provider: string, instanceType: string): NonNullable<Node['priceKey']> => ({
  provider,
  instanceType,
  region: 'us-east-1',
  market: 'on-demand',
});

const aws = nodeOf({
  id: `aws:dev:${INSTANCE}`,
  name: 'trainer',
  aliases: [INSTANCE, 'ip-10-0-0-1.ec2.internal', '10.0.0.1'],
  gpus: { count: 8, model: 'A100' },
  priceKey: sold('aws', 'p4d.24xlarge'),
});

function seenBy(source: string, name: string, changes: Partial<Node> = {}): Node {
  const { launchedAt: _, owner: __, ...plain } = nodeOf();
  const account = changes.account ?? `${source}:lab`;
  return {
    ...plain,
    id: `${account}:${name}`,
    source,
    account,
    name,
    gpus: { count: 0 },
    mine: false,
    ...changes,
  };
}

const idsOf = (...nodes: Node[]) => identify(nodes).nodes.map(({ id }) => id);

test('a machine that three sources see by different names is one', () => {
  const kube = seenBy('kubernetes', 'worker', { aliases: [`aws:///us-east-1a/${INSTANCE}`] });
  const slurm = seenBy('slurm', 'gpu-1', { aliases: ['10.0.0.1'], scheduled: true, cores: 96 });
  const fleet = identify([slurm, kube, aws]);
  expect(fleet.nodes).toHaveLength(1);
  expect(fleet.nodes[0]).toMatchObject({
    id: aws.id,
    gpus: { count: 8, model: 'A100' },
    cores: 96,
    scheduled: true,
    owner: 'ada',
    launchedAt: aws.launchedAt,
  });
  expect(fleet.alsoKnownAs.get(aws.id)?.toSorted()).toEqual([kube.id, slurm.id].sort());
  for (const name of [kube.id, slurm.id, INSTANCE, INSTANCE.toUpperCase(), '10.0.0.1', 'gpu-1']) {
    expect(fleet.resolve(name)?.id).toBe(aws.id);
  }
  expect(fleet.resolve('gpu-2')).toBeUndefined();
});

test('names that lead from one to the next and back again make one machine', () => {
  const ring = ['a', 'b', 'c'].map((source, index) =>
    seenBy(source, `host${index}.example.com`, {
      aliases: [`host${(index + 1) % 3}.example.com`],
    }),
  );
  expect(idsOf(...ring)).toHaveLength(1);
});

test('a name that machines of one account share joins neither, and means neither', () => {
  const one = seenBy('aws', 'a', { aliases: ['10.0.0.1'] });
  const two = seenBy('aws', 'b', { aliases: ['10.0.0.1'] });
  const other = seenBy('slurm', 'c', { aliases: ['10.0.0.1'] });
  const fleet = identify([one, two, other]);
  expect(fleet.nodes).toHaveLength(3);
  expect(fleet.resolve('10.0.0.1')).toBeUndefined();
  expect(fleet.resolve('a')?.id).toBe(one.id);
});

test('private addresses recur in the accounts of a cloud; provider ids do not', () => {
  const twin = { ...aws, id: 'aws:other:i-0fedcba9876543210', account: 'aws:other' };
  const other = {
    ...twin,
    aliases: ['i-0fedcba9876543210', 'ip-10-0-0-1.ec2.internal', '10.0.0.1'],
  };
  expect(idsOf(aws, other)).toHaveLength(2);
  const same = { ...aws, id: `aws:alias:${INSTANCE}`, account: 'aws:alias' };
  expect(idsOf(aws, same)).toHaveLength(1);
});

test('two clouds, and two types of machine, are two machines whatever their names', () => {
  const names = { aliases: ['trainer.example.com'], name: 'trainer' };
  const gcp = seenBy('gcp', 'trainer', { ...names, priceKey: sold('gcp', 'a2-highgpu-8g') });
  expect(idsOf({ ...aws, ...names }, gcp)).toHaveLength(2);
  const smaller = seenBy('skypilot', 'trainer', { ...names, priceKey: sold('aws', 'g5.xlarge') });
  expect(idsOf({ ...aws, ...names }, smaller)).toHaveLength(2);
  const same = seenBy('skypilot', 'trainer', { ...names, priceKey: sold('aws', 'p4d.24xlarge') });
  expect(idsOf({ ...aws, ...names }, same)).toEqual([aws.id]);
});

test('two clusters of one scheduler may use the same private addresses', () => {
  const node = (account: string, name: string) =>
    seenBy('slurm', name, { account: `slurm:${account}`, aliases: [name, '10.0.0.1'] });
  expect(idsOf(node('campus', 'gpu-1'), node('lab', 'a100-07'))).toHaveLength(2);
  // One cluster that is read twice, by ssh and by slurmrestd.
  expect(idsOf(node('login', 'gpu-1'), node('rest', 'gpu-1'))).toHaveLength(1);
  // Another source may know the machine by its address alone.
  const aws = seenBy('aws', 'i-0123456789abcdef0', { aliases: ['10.0.0.1'] });
  expect(idsOf(node('campus', 'gpu-1'), aws)).toHaveLength(1);
});

test('what is fitted to a type its cloud alone tells; it is the same machine', () => {
  const names = { aliases: ['10.128.0.7'] };
  const fitted = sold('gcp', 'n1-standard-8+4xnvidia-tesla-t4');
  const gcp = seenBy('gcp', 'train', { ...names, priceKey: fitted });
  const bare = seenBy('skypilot', 'head', { ...names, priceKey: sold('gcp', 'n1-standard-8') });
  expect(identify([bare, gcp]).nodes).toMatchObject([{ id: gcp.id, priceKey: fitted }]);
  const other = seenBy('skypilot', 'head', { ...names, priceKey: sold('gcp', 'n1-standard-16') });
  expect(idsOf(gcp, other)).toHaveLength(2);
});

test('names that every machine gives itself say nothing', () => {
  for (const name of ['localhost', '127.0.0.1', '::1', '172.17.0.1', ' ', '169.254.169.254']) {
    expect(namesIn(name)).toEqual([]);
    expect(idsOf(seenBy('local', name), seenBy('slurm', name))).toHaveLength(2);
  }
});

test('the same machines come of the same nodes in any order, each node in exactly one', () => {
  const anyName = fc.constantFrom(
    'a',
    'b',
    'a.example.com',
    'b.example.com',
    '10.0.0.1',
    '10.0.0.2',
    INSTANCE,
    `aws:///zone/${INSTANCE}`,
    'localhost',
    '',
  );
  const anyNode = fc
    .record({
      source: fc.constantFrom('aws', 'slurm', 'kubernetes', 'local'),
      account: fc.constantFrom('one', 'two'),
      name: anyName,
      aliases: fc.array(anyName, { maxLength: 3 }),
      type: fc.constantFrom(undefined, 'p4d.24xlarge', 'g5.xlarge'),
    })
    .map(({ source, account, name, aliases, type }) =>
      seenBy(source, name, {
        account: `${source}:${account}`,
        aliases,
        ...(type !== undefined && { priceKey: sold('aws', type) }),
      }),
    );
  const nodes = fc.uniqueArray(anyNode, { maxLength: 8, selector: ({ id }) => id });
  fc.assert(
    fc.property(
      nodes.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
      ([list, shuffled]) => {
        const fleet = identify(list);
        const other = identify(shuffled);
        expect(other.nodes).toEqual(fleet.nodes);
        expect(other.alsoKnownAs).toEqual(fleet.alsoKnownAs);
        const members = [...fleet.alsoKnownAs].flatMap(([id, more]) => [id, ...more]);
        expect(members.toSorted()).toEqual(list.map(({ id }) => id).sort());
        for (const { id } of list) expect(fleet.resolve(id)).toBeDefined();
      },
    ),
    { numRuns: 300 },
  );
});
