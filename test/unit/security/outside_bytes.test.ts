import { loadConfig } from '@burnrate/shared/config/load.ts';
import { answerPage } from '@burnrate/shared/protocol/page.ts';
import { amdSmi, rocmSmi } from '@burnrate/shared/sources/local/amd.ts';
import type { GpuTool } from '@burnrate/shared/sources/local/gpu_tool.ts';
import { nvidiaSmi } from '@burnrate/shared/sources/local/nvidia.ts';
import { startTicksIn } from '@burnrate/shared/sources/local/processes.ts';
import { readTraffic } from '@burnrate/shared/sources/local/traffic.ts';
import { parseAccounting } from '@burnrate/shared/sources/slurm/accounting.ts';
import { parseNodes } from '@burnrate/shared/sources/slurm/nodes.ts';
import { parsePartitions } from '@burnrate/shared/sources/slurm/partitions.ts';
import { parseQueueJson } from '@burnrate/shared/sources/slurm/queue_json.ts';
import { parseHeld, parseQueueText } from '@burnrate/shared/sources/slurm/queue_text.ts';
import { gpusInGres, gpusInTres, parseWeight } from '@burnrate/shared/sources/slurm/tres.ts';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { jobOfLink } from '../../../desktop/deep_link.ts';
import { gpuLine } from '../sources/local/machine.ts';
import { recorded } from '../sources/slurm/recorded.ts';
import { damaged } from './damage.ts';

/**
 * Every reader of bytes from outside, fed with what may become of a good text. It answers, or
 * refuses by the error that it says it has; whatever else it throws would be a defect, and so would
 * anything that it leaves behind in every object.
 */
interface Reader {
  what: string;
  good: string;
  read: (text: string) => unknown;
  refuses?: (error: unknown) => boolean;
  /** How many damaged texts are read: fewer of what takes long. */
  runs?: number;
}

const bySourceError = (error: unknown) => error instanceof SourceError;
/** What is no record of Slurm's; the source makes a SourceError of it (see commands.ts). */
const byRangeError = (error: unknown) =>
  error instanceof RangeError && /^(not |.*: )/.test(error.message);

const smi = (tool: GpuTool) => async (text: string) => {
  const gpus = await tool.readGpus(async () => text);
  return tool.readUses(async () => text, gpus);
};

const ROCM = JSON.stringify({
  card0: { 'GPU use (%)': '37', 'VRAM Total Memory (B)': '68702699520', 'Unique ID': '0x1f' },
});
const AMD = JSON.stringify([
  {
    gpu: 0,
    usage: { gfx_activity: { value: 3, unit: '%' } },
    uuid: 'ab-cd',
    process_list: [{ process_info: { pid: 7 } }],
  },
]);
const YAML = `alerts: { idle: { below: 0.3 } }
budgets:
  - { name: day, perDay: 200 }
sources:
  dcgm: &a { endpoints: [http://gpu-1:9400/metrics] }
`;

const readers: Reader[] = [
  {
    what: 'burnrate.yaml',
    good: YAML,
    read: (text) => loadConfig('f', text, { sources: new Map(), invoices: new Map() }),
    runs: 40,
  },
  {
    what: 'nvidia-smi',
    good: gpuLine(0) + gpuLine(1),
    read: smi(nvidiaSmi('a')),
    refuses: bySourceError,
  },
  { what: 'rocm-smi', good: ROCM, read: smi(rocmSmi('a')), refuses: bySourceError },
  { what: 'amd-smi', good: AMD, read: smi(amdSmi('a')), refuses: bySourceError },
  {
    what: 'squeue, as JSON',
    good: recorded('squeue.json'),
    read: parseQueueJson,
    refuses: (error) =>
      error instanceof SyntaxError ||
      (error instanceof Error && error.name.endsWith('ZodError')) ||
      byRangeError(error),
  },
  {
    what: 'squeue, as text',
    good: recorded('squeue.txt'),
    read: (text) => parseQueueText(text, '~s~'),
    refuses: byRangeError,
  },
  {
    what: 'sacct',
    good: recorded('squeue.txt'),
    read: (text) => parseAccounting(text, '~s~'),
    refuses: byRangeError,
  },
  {
    what: 'scontrol show node',
    good: recorded('nodes.txt'),
    read: parseNodes,
    refuses: byRangeError,
  },
  {
    what: 'scontrol show partition',
    good: 'PartitionName=gpu TRESBillingWeights=CPU=1.0,Mem=0.25G,GRES/gpu=2.0 Nodes=n[1-4]\n',
    read: parsePartitions,
    refuses: byRangeError,
  },
  {
    what: 'scontrol show job',
    good: recorded('job-5.txt'),
    read: (text) => parseHeld(text, ['n1', 'n2']),
    refuses: byRangeError,
  },
  {
    what: 'Slurm’s generic resources',
    good: 'gpu:a100:4(IDX:0-3),gpu:h100:2',
    read: (text) => [gpusInGres(text), gpusInTres(text), parseWeight(text)],
    refuses: byRangeError,
  },
  {
    what: '/proc/net/dev and /proc/diskstats',
    good: '  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n 8 0 sda 1 2 3 4 5 6 7 8\n',
    read: (text) => readTraffic({ readFile: async () => text }, 'n', 0),
  },
  {
    what: '/proc/PID/stat',
    good: '42 (a b) c) S 1 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 1 2',
    read: startTicksIn,
  },
  { what: 'deep links', good: 'burnrate://job/slurm%3Alab%3A1', read: jobOfLink },
  {
    what: 'messages of a page',
    good: JSON.stringify({
      type: 'request',
      id: 1,
      name: 'history',
      params: { from: 0, to: 1, stepMs: 1 },
    }),
    read: async (text) => {
      let message: unknown;
      try {
        message = JSON.parse(text);
      } catch {
        return;
      }
      const asked: unknown[] = [];
      const link = { request: async (...of: unknown[]) => asked.push(of) };
      await answerPage(link as unknown as Parameters<typeof answerPage>[0], message);
    },
  },
];

afterEach(() => expect(Object.keys(Object.prototype)).toEqual([]));

test.each(readers)(
  '$what may hold anything',
  async ({ good, read, refuses = () => false, runs = 300 }) => {
    await fc.assert(
      fc.asyncProperty(damaged(good), async (text) => {
        try {
          await read(text);
        } catch (error) {
          if (!refuses(error)) throw error;
        }
      }),
      { numRuns: runs },
    );
  },
);

test('YAML that refers to itself, or to what is not there, is a mistake in it and no failure', () => {
  const bombs = [
    'a: *nowhere\n',
    'a: &a [*a]\n',
    `a: &a [x]\n${Array.from(
      { length: 12 },
      (_, i) =>
        `b${i}: &b${i} [${Array(9)
          .fill(i === 0 ? '*a' : `*b${i - 1}`)
          .join(', ')}]`,
    ).join('\n')}\n`,
  ];
  for (const bomb of bombs) {
    const { mistakes } = loadConfig('burnrate.yaml', bomb, {
      sources: new Map(),
      invoices: new Map(),
    });
    expect(mistakes.length, bomb.slice(0, 40)).toBeGreaterThan(0);
  }
});
