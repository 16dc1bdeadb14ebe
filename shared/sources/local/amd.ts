import { z } from 'zod';
import {
  type Ask,
  figure,
  type Gpu,
  type GpuTool,
  known,
  notUnderstood,
  percent,
  type Use,
} from './gpu_tool.ts';

const MB = 1024 * 1024;

const Cards = z.record(z.string(), z.record(z.string(), z.unknown()));

/**
 * AMD's rocm-smi, which ROCm has until version 7. Names of fields changed over its versions
 * (`Card series`, `Card Series`; average, then current power).
 * https://rocm.docs.amd.com/projects/rocm_smi_lib
 */
export function rocmSmi(account: string): GpuTool {
  return {
    name: 'rocm-smi',
    programs: ['rocm-smi', '/opt/rocm/bin/rocm-smi'],
    async readGpus(ask) {
      const text = await ask([
        '--showproductname',
        '--showuniqueid',
        '--showuse',
        '--showmeminfo',
        'vram',
        '--showpower',
        '--json',
      ]);
      // Where the driver is not loaded it ends well, with a word on stderr and nothing printed.
      if (text.trim() === '') return [];
      const cards = Object.entries(parse(account, 'rocm-smi', Cards, text));
      return cards.flatMap(([card, fields]): Gpu[] => {
        const index = /^card(\d+)$/.exec(card)?.[1];
        if (index === undefined) return [];
        const uuid = textOf(fields['Unique ID']);
        return [
          {
            index: Number(index),
            uuid: uuid && /[1-9a-f]/i.test(uuid.slice(2)) ? uuid : card,
            ...known({
              name: textOf(fields['Card Series'] ?? fields['Card series'] ?? fields['Device Name']),
              utilization: percent(fields['GPU use (%)']),
              memoryUsed: figure(fields['VRAM Total Used Memory (B)']),
              memoryTotal: figure(fields['VRAM Total Memory (B)']),
              power: figure(
                fields['Current Socket Graphics Package Power (W)'] ??
                  fields['Average Graphics Package Power (W)'],
              ),
            }),
          },
        ];
      });
    },
    async readUses(ask) {
      // This list is not part of the tool's JSON.
      const text = await ask(['--showpidgpus']);
      const users = text.matchAll(/^PID (\d+) is using \d+ DRM device\(s\):\s*\n((?:\d+\s+)+)/gm);
      return [...users].flatMap(([, pid, gpus = '']) =>
        gpus
          .split(/\s+/)
          .flatMap((gpu): Use[] => (gpu ? [{ pid: Number(pid), gpu: Number(gpu) }] : [])),
      );
    },
  };
}

const measured = z.union([z.object({ value: z.unknown() }), z.unknown()]);
const metric = z.object({
  gpu: z.number().int().nonnegative(),
  usage: z.object({ gfx_activity: measured }).partial().catch({}).optional(),
  mem_usage: z.object({ used_vram: measured, total_vram: measured }).partial().catch({}).optional(),
  power: z.object({ socket_power: measured }).partial().catch({}).optional(),
});
const named = z.object({ gpu: z.number().int(), uuid: z.unknown() });
const asic = z.object({
  gpu: z.number().int(),
  asic: z.object({ market_name: z.unknown() }).partial().catch({}).optional(),
});
const users = z.object({
  gpu: z.number().int().nonnegative(),
  process_list: z
    .array(
      z
        .object({ process_info: z.object({ pid: z.number().int().positive() }) })
        .catch({ process_info: { pid: 0 } }),
    )
    .catch([])
    .optional(),
});

/**
 * AMD's amd-smi, which takes the place of rocm-smi. Some versions put their list under `gpu_data`.
 * https://rocm.docs.amd.com/projects/amdsmi
 */
export function amdSmi(account: string): GpuTool {
  const list = async <T>(ask: Ask, item: z.ZodType<T>, args: readonly string[]): Promise<T[]> => {
    const items = z.array(item);
    const wrapped = z.object({ gpu_data: items }).transform(({ gpu_data }) => gpu_data);
    return parse(account, 'amd-smi', z.union([items, wrapped]), await ask([...args, '--json']));
  };
  return {
    name: 'amd-smi',
    programs: ['amd-smi', '/opt/rocm/bin/amd-smi'],
    async readGpus(ask) {
      const metrics = await list(ask, metric, ['metric', '--usage', '--mem-usage', '--power']);
      const uuids = new Map(
        (await list(ask, named, ['list'])).map((one) => [one.gpu, textOf(one.uuid)]),
      );
      const names = new Map(
        (await list(ask, asic, ['static', '--asic'])).map((one) => [
          one.gpu,
          textOf(one.asic?.market_name),
        ]),
      );
      return metrics.map(({ gpu, usage, mem_usage, power }) => ({
        index: gpu,
        uuid: uuids.get(gpu) ?? `gpu${gpu}`,
        ...known({
          name: names.get(gpu),
          utilization: percent(measuredIn(usage?.gfx_activity)),
          memoryUsed: figure(measuredIn(mem_usage?.used_vram), MB),
          memoryTotal: figure(measuredIn(mem_usage?.total_vram), MB),
          power: figure(measuredIn(power?.socket_power)),
        }),
      }));
    },
    async readUses(ask) {
      const gpus = await list(ask, users, ['process', '--general']);
      return gpus.flatMap(({ gpu, process_list = [] }) =>
        process_list.flatMap(({ process_info: { pid } }): Use[] => (pid > 0 ? [{ gpu, pid }] : [])),
      );
    },
  };
}

function parse<T>(account: string, tool: string, schema: z.ZodType<T>, text: string): T {
  // A warning may come before the JSON.
  const start = text.search(/^[[{]/m);
  try {
    return schema.parse(JSON.parse(start > 0 ? text.slice(start) : text));
  } catch {
    throw notUnderstood(account, tool, text);
  }
}

function measuredIn(measured: unknown): unknown {
  return typeof measured === 'object' && measured !== null && 'value' in measured
    ? measured.value
    : measured;
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || text === 'N/A' ? undefined : text;
}
