import type { JobView, NodeView } from '@burnrate/shared/model/snapshot.ts';
import { expect, test } from 'vitest';
import { jobView } from '../alerts/scene.ts';
import {
  batch,
  file,
  hoverOver,
  manifest,
  NOW,
  offer,
  offers,
  pods,
  sky,
  titles,
} from './job_scene.ts';

test('above a SkyPilot task stands its price where it goes, and where it is cheaper now', () => {
  expect(titles(file(sky, 'task.yaml'))).toEqual([
    '8x A100 · $32.77/h list on AWS us-east-1 · cheapest now: $10.32/h on Lambda',
    'Launch with budget…',
  ]);
  const [price] = file(sky, 'task.yaml').lenses();
  expect(price?.range.start.line).toBe(1);
});

test('a batch script’s price is that of the cluster’s own GPUs, and at its time limit', () => {
  const node = {
    source: 'slurm',
    account: 'slurm:lab',
    gpus: { count: 4, model: 'a100' },
    labels: { partition: 'gpu' },
    state: 'running',
    price: { microsPerHour: 10e6, provenance: 'list', basis: 'your burnrate.yaml', asOf: 0 },
  } as unknown as NodeView;
  const market = { now: NOW, offers: [], nodes: [node] };
  expect(titles(file(batch, 'train.sh', { market }))[0]).toBe(
    '8x a100 · $20.00/h list on Slurm lab · up to $480.00 at --time=24:00:00',
  );
});

test('what bills have taught of a machine type is said beside its list price', () => {
  const text = 'resources:\n  infra: aws\n  instance_type: p4d.24xlarge\nrun: x\n';
  const node = {
    source: 'aws',
    gpus: { count: 8 },
    priceKey: { provider: 'aws', instanceType: 'p4d.24xlarge', region: 'r', market: 'on-demand' },
    price: { microsPerHour: 27.9e6, provenance: 'calibrated', basis: 'your bills', asOf: 0 },
  } as unknown as NodeView;
  const market = { now: NOW, offers, nodes: [node] };
  expect(titles(file(text, 'task.yaml', { market }))[0]).toBe(
    'p4d.24xlarge · $32.77/h list on AWS us-east-1 (calibrated: $27.90/h)',
  );
  expect(titles(file(sky, 'task.yaml', { market }))[0]).toBe(
    '8x A100 · $32.77/h list on AWS us-east-1 (calibrated: $27.90/h) · cheapest now: $10.32/h on Lambda',
  );
});

test('a job of this file that runs is shown above it', () => {
  const figure = (micros: number) => ({
    micros,
    provenance: 'list' as const,
    uncertain: false,
    unpriced: 0,
  });
  const job = jobView({ name: 'llama', total: figure(120e6), rate: figure(20e6), activity: 0.92 });
  const others: Partial<JobView>[] = [{ name: 'other' }, { mine: false }, { source: 'skypilot' }];
  const jobs = [job, ...others.map((changes) => ({ ...job, ...changes }))];
  const [running] = file(batch, 'train.sh', { jobs }).lenses();
  expect(running?.command).toEqual({
    title: '● runs now: $20.00/h list · $120.00 so far · 92% busy',
    command: 'burnrate.showPanel',
    arguments: [{ jobId: job.id }],
  });
  expect(file(batch, 'train.sh', { jobs }).lenses()).toHaveLength(3);
});

test('a hover compares providers, cheapest first, with the source of each price', () => {
  const value = hoverOver(file(sky, 'task.yaml'));
  expect(value).toContain('$32.77/h *list* on AWS us-east-1 (price list)');
  const rows = value.split('\n').filter((line) => line.includes('/h |'));
  expect(
    rows.map((row) =>
      row
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim()),
    ),
  ).toEqual([
    ['Lambda', '$10.32/h', '-69%'],
    ['Google Cloud', '$29.39/h', '-10%'],
  ]);
  expect(file(sky, 'task.yaml').hover({ line: 0, character: 2 })).toBeUndefined();
});

test('a name in a file is no markup', () => {
  const text = sky.replace('A100:8', '"<img src=x>[a](b) A100:8"');
  const value = hoverOver(file(text, 'task.yaml'));
  expect(value).not.toMatch(/(?<!\\)<img|(?<!\\)\]\(b/);
});

test('machines of two kinds are summed up, and the sum is as good as its worst part', () => {
  const mixed = batch.replace('\nsrun', '\n#SBATCH hetjob\n#SBATCH -p small --gres=gpu:l4:1\nsrun');
  const node = (partition: string, model: string, dollars: number, provenance: string) =>
    ({
      source: 'slurm',
      account: 'slurm:lab',
      gpus: { count: 1, model },
      labels: { partition },
      state: 'running',
      price: { microsPerHour: dollars * 1e6, provenance, basis: `${model} price`, asOf: 0 },
    }) as unknown as NodeView;
  const nodes = [node('big', 'a100', 2.5, 'quoted'), node('small', 'l4', 1, 'list')];
  const market = { now: NOW, offers, nodes };
  const of = file(mixed.replace('--time', '-p big --time'), 'train.sh', { market });
  expect(titles(of)[0]).toBe(
    '8x a100 + 1x l4 · $21.00/h list on Slurm lab · up to $504.00 at --time=24:00:00',
  );
  expect(hoverOver(of)).toContain('a100 price; l4 price');
  // What only some of them cost elsewhere compares with nothing.
  expect(hoverOver(of)).not.toContain('elsewhere');
  // A part without a price leaves no sum.
  const one = file(mixed, 'train.sh', {
    market: { now: NOW, offers: [], nodes: nodes.slice(0, 1) },
  });
  expect(titles(one)[0]).toBe('8x a100 + 1x l4 · price unknown');
});

test('of machines that would do as well, what costs least is what is taken', () => {
  const either = sky.replace('A100:8', '{H100: 8, A100: 8}').replace('  infra: aws\n', '');
  const dear = offer('aws', 'p5.48xlarge', 8, 'H100 SXM', 55.04);
  const market = { now: NOW, offers: [...offers, dear], nodes: [] };
  expect(titles(file(either, 'task.yaml', { market }))[0]).toBe(
    '8x A100 · $10.32/h list on Lambda us-east-1',
  );
});

test('a template is priced and not launched', () => {
  const text = manifest('Job', `  activeDeadlineSeconds: 60\n${pods('  ')}`);
  const templated = text.replace('{name: llama}', '\n  name: {{ .Release.Name }}');
  expect(titles(file(text, 'j.yaml'))).toContain('Launch with budget…');
  expect(titles(file(templated, 'j.yaml'))).toEqual([titles(file(text, 'j.yaml'))[0]]);
});
