import { leftoverLines } from '@burnrate/shared/cli/view/leftovers.ts';
import { paint } from '@burnrate/shared/cli/view/paint.ts';
import type { Leftover } from '@burnrate/shared/model/leftover.ts';
import { monthlyDollars } from '@burnrate/shared/model/leftover_cost.ts';
import { expect, test } from 'vitest';
import { NOW, snapshot } from './scene.ts';

const disk: Leftover = {
  id: 'aws:default:vol-1',
  source: 'aws',
  account: 'aws:default',
  kind: 'disk',
  name: 'old-checkpoints',
  sizeGb: 2000,
  region: 'us-east-1',
  mine: true,
  rate: { microsPerHour: monthlyDollars(160), provenance: 'list', basis: 'test', asOf: NOW },
  remove: 'aws ec2 delete-volume --region us-east-1 --volume-id vol-1',
  labels: {},
};

test('each leftover has what it costs a month and, under it, the command that deletes it', () => {
  const { rate: _, ...unpriced } = disk;
  const held = { ...unpriced, name: 'scratch', machine: 'trainer', remove: 'delete scratch' };
  const lines = leftoverLines(snapshot({ leftovers: [disk, held] }), 90).map((line) =>
    paint(line, 0),
  );
  expect(lines).toHaveLength(5);
  expect(lines[1]).toMatch(/old-checkpoints +disk · 2,000 GB +us-east-1 +\$160\.00\/month list$/);
  expect(lines[2]).toBe(`     ${disk.remove}`);
  expect(lines[3]).toMatch(/scratch +disk · 2,000 GB of trainer, stopped .*price unknown$/);
  expect(leftoverLines(snapshot({ leftovers: [] }), 90)).toEqual([]);
  expect(leftoverLines(snapshot({}), 90)).toEqual([]);
});
