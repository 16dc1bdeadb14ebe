import { JobFile, type LanguageScene } from '@burnrate/shared/language/features.ts';
import { gpuKindOf } from '@burnrate/shared/pricing/catalogue/gpu.ts';
import type { Offer } from '@burnrate/shared/pricing/elsewhere.ts';
import { TextDocument } from 'vscode-languageserver-textdocument';

export const NOW = Date.UTC(2026, 10, 25);

export function offer(
  provider: string,
  type: string,
  count: number,
  model: string,
  dollars: number,
): Offer {
  const kind = gpuKindOf(model);
  if (!kind) throw new Error(`no GPU: ${model}`);
  return {
    provider,
    type,
    region: 'us-east-1',
    gpus: { count, model, kind },
    microsPerHour: dollars * 1e6,
    provenance: 'list',
    basis: 'price list',
    asOf: NOW,
  };
}

export const offers = [
  offer('aws', 'p4d.24xlarge', 8, 'A100 SXM 40GB', 32.77),
  offer('lambda', 'gpu_8x_a100', 8, 'A100 SXM 40GB', 10.32),
  offer('gcp', 'a2-highgpu-8g', 8, 'A100 SXM 40GB', 29.39),
];

export function file(text: string, path = 'train.sh', scene: Partial<LanguageScene> = {}) {
  const document = TextDocument.create(`file:///home/ada/${path}`, 'x', 1, text);
  const { market, ...rest } = scene;
  return new JobFile(document, {
    market: { now: NOW, offers, nodes: [], ...market },
    accounts: [],
    jobs: [],
    budgets: [],
    spent: [],
    schemas: { sources: new Map(), invoices: new Map() },
    ...rest,
  });
}

export const titles = (of: JobFile) => of.lenses().map(({ command }) => command?.title);

/** What is shown over the line that asks for the machines. */
export function hoverOver(of: JobFile): string {
  const contents = of.hover({ line: 1, character: 2 })?.contents;
  if (!contents || typeof contents === 'string' || !('value' in contents))
    throw new Error('no hover');
  return contents.value;
}

export const sky =
  'name: llama\nresources:\n  infra: aws\n  accelerators: A100:8\n  autostop: 5\nrun: x\n';
export const batch =
  '#!/bin/sh\n#SBATCH --gres=gpu:a100:8 --time=24:00:00\n#SBATCH -J llama\nsrun x\n';

export const manifest = (kind: string, spec: string) =>
  `apiVersion: v1\nkind: ${kind}\nmetadata: {name: llama}\nspec:\n${spec}`;
export const pods = (indent: string, more = '', image = 'nvcr.io/nvidia/pytorch:24.05') =>
  [
    'template:',
    '  spec:',
    `    containers: [{image: '${image}', resources: {limits: {nvidia.com/gpu: 8}}}]`,
    ...(more ? more.split('\n').map((line) => `    ${line}`) : []),
    '',
  ]
    .map((line) => line && indent + line)
    .join('\n');
