import { asksIn } from '@burnrate/shared/language/job_file.ts';
import { expect, test } from 'vitest';

const sky = (text: string) => asksIn(text, 'task.yaml')[0];

test.each([
  ['accelerators: A100:8', { count: 8, model: 'A100' }],
  ['accelerators: {H100: 2}', { count: 2, model: 'H100' }],
  ['accelerators: [L4:1, A10G:1]', { count: 1, model: 'L4' }],
  ['accelerators: V100', { count: 1, model: 'V100' }],
])('SkyPilot: %s', (line, gpus) => {
  expect(sky(`name: t\nresources:\n  ${line}\nrun: x\n`)).toMatchObject({
    source: 'skypilot',
    name: 't',
    gpus,
    workers: 1,
    market: 'on-demand',
  });
});

test('a SkyPilot task names its cloud and region in either way, its nodes and spot', () => {
  const text = (where: string) =>
    `resources:\n  ${where}\n  accelerators: A100:8\n  use_spot: true\nnum_nodes: 4\nrun: x\n`;
  const there = { provider: 'aws', region: 'us-east-1', workers: 4, market: 'spot' };
  expect(sky(text('infra: aws/us-east-1'))).toMatchObject(there);
  expect(sky(text('cloud: AWS\n  region: us-east-1'))).toMatchObject(there);
});

test('of several that will do SkyPilot takes the cheapest, of a list the first', () => {
  const kinds = (lines: string) => {
    const ask = sky(`resources:\n${lines}run: x\n`);
    return [ask, ...(ask?.instead ?? [])].map((need) => [
      need?.gpus?.model,
      need?.gpus?.count,
      need?.provider,
      need?.region,
      need?.market,
    ]);
  };
  const h100 = ['H100', 8, undefined, undefined, 'on-demand'];
  const a100 = ['A100', 8, undefined, undefined, 'on-demand'];
  expect(kinds('  accelerators: {H100: 8, A100: 8}\n')).toEqual([h100, a100]);
  expect(kinds('  accelerators: [H100:8, A100:8]\n')).toEqual([h100]);
  const places =
    '    - {infra: aws/us-east-1, use_spot: true}\n    - {infra: gcp, accelerators: L4}\n';
  const inAws = ['H100', 8, 'aws', 'us-east-1', 'spot'];
  expect(kinds(`  accelerators: H100:8\n  any_of:\n${places}`)).toEqual([
    inAws,
    ['L4', 1, 'gcp', undefined, 'on-demand'],
  ]);
  expect(kinds(`  accelerators: H100:8\n  ordered:\n${places}`)).toEqual([inAws]);
  expect(kinds("  infra: '*/us-east-1'\n  accelerators: H100:8\n")).toEqual([
    ['H100', 8, undefined, 'us-east-1', 'on-demand'],
  ]);
  expect(kinds('  infra: k8s/*\n  accelerators: H100:8\n')).toEqual([
    ['H100', 8, 'kubernetes', undefined, 'on-demand'],
  ]);
});

test('autostop may be minutes or a section; turned off it is none', () => {
  const remarks = (line: string) =>
    sky(`resources:\n  accelerators: L4\n  ${line}\nrun: x\n`)?.remarks.map(({ code }) => code);
  expect(remarks('autostop: {idle_minutes: 10, down: true}')).toEqual([]);
  expect(remarks('autostop: false')).toEqual(['no-autostop']);
});

test('braces in a command are no template', () => {
  const ask = sky('resources:\n  accelerators: L4\nrun: docker ps --format "{{.Names}}"\n');
  expect(ask?.launch).toEqual(['sky', 'launch', 'FILE']);
});
