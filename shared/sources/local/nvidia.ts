import {
  figure,
  type Gpu,
  type GpuTool,
  known,
  notUnderstood,
  percent,
  type Use,
} from './gpu_tool.ts';

const MIB = 1024 * 1024;

/**
 * NVIDIA's nvidia-smi. `nounits` gives memory in MiB and power in watts.
 * https://docs.nvidia.com/deploy/nvidia-smi/index.html
 */
export function nvidiaSmi(account: string): GpuTool {
  return {
    name: 'nvidia-smi',
    programs: ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi'],
    async readGpus(ask) {
      const text = await ask([
        '--query-gpu=index,uuid,name,utilization.gpu,memory.used,memory.total,power.draw',
        '--format=csv,noheader,nounits',
      ]);
      return linesOf(text).map((line) => {
        const gpu = readGpu(line);
        if (!gpu) throw notUnderstood(account, 'nvidia-smi', line);
        return gpu;
      });
    },
    async readUses(ask, gpus) {
      const text = await ask(['--query-compute-apps=gpu_uuid,pid', '--format=csv,noheader']);
      const indexes = new Map(gpus.map(({ uuid, index }) => [uuid, index]));
      return linesOf(text).flatMap((line): Use[] => {
        const [uuid = '', pid = ''] = line.split(/,\s*/);
        const gpu = indexes.get(uuid);
        // `[N/A]` stands for a process of another container.
        return gpu === undefined || !/^\d+$/.test(pid) ? [] : [{ gpu, pid: Number(pid) }];
      });
    },
  };
}

/** A name may hold a comma; there are two fields before it and four after it. */
function readGpu(line: string): Gpu | undefined {
  const fields = line.split(/,\s*/);
  const [index = '', uuid = ''] = fields;
  const [utilization, used, total, power] = fields.slice(-4);
  if (fields.length < 7 || !/^\d+$/.test(index) || uuid === '') return undefined;
  return {
    index: Number(index),
    uuid,
    name: fields.slice(2, -4).join(', '),
    ...known({
      utilization: percent(utilization),
      memoryUsed: figure(used, MIB),
      memoryTotal: figure(total, MIB),
      power: figure(power),
    }),
  };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && !/^No (devices were found|running processes found)/i.test(line),
    );
}
