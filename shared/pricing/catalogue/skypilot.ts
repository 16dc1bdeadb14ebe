import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { toMicros } from '../../model/money.ts';
import { gpuKindOf } from './gpu.ts';
import { EVERYWHERE, type MachineType } from './price_list.ts';

/** What SkyPilot calls a cloud, and what its source is called here, where they differ. */
const PROVIDERS: Readonly<Record<string, string>> = { do: 'digitalocean' };

/**
 * Left out: GCP's price of a machine is without its GPUs there, which have rows of their own; a
 * marketplace's rows are offers of one moment; and what is no cloud has no prices.
 */
const LEFT_OUT = new Set(['common', 'gcp', 'kubernetes', 'slurm', 'ssh', 'vast', 'vsphere']);

/**
 * The GPU machines of SkyPilot's own catalogue, where SkyPilot has fetched one:
 * `~/.sky/catalogs/v8/aws/vms.csv`, of each cloud the highest version. As old as its file is. Never
 * rejects: what cannot be read is as if it were not there.
 * https://github.com/skypilot-org/skypilot-catalog
 */
export async function readSkyPilot(homedir: string): Promise<MachineType[]> {
  const root = join(homedir, '.sky', 'catalogs');
  const versions = (await foldersIn(root))
    .filter((name) => /^v\d+$/.test(name))
    .toSorted((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  const files = new Map<string, string>();
  for (const version of versions)
    for (const cloud of await foldersIn(join(root, version)))
      if (!LEFT_OUT.has(cloud) && !files.has(cloud))
        files.set(cloud, join(root, version, cloud, 'vms.csv'));
  const found: MachineType[] = [];
  for (const [cloud, file] of files) {
    try {
      found.push(...(await readCloud(PROVIDERS[cloud] ?? cloud, file)));
    } catch {
      // Half written, or not this cloud's at all: the prices that ship with Burnrate stand in.
    }
  }
  return found;
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    // SkyPilot has never been used here.
    return [];
  }
}

/** Line by line: AWS's file has tens of thousands, of which some hundred machines have GPUs. */
async function readCloud(provider: string, file: string): Promise<MachineType[]> {
  const { mtimeMs } = await stat(file);
  const found = new Map<string, MachineType>();
  let columns: string[] | undefined;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const fields = fieldsOf(line);
    if (!columns) {
      columns = fields;
      continue;
    }
    const of = (name: string) => fields[columns?.indexOf(name) ?? -1] ?? '';
    const [count, price] = [Number(of('AcceleratorCount')), Number(of('Price'))];
    const model = modelOf(of('AcceleratorName'), of('GpuInfo'));
    const kind = gpuKindOf(model);
    if (!kind || !of('InstanceType') || !(count >= 1) || !(price > 0)) continue;
    const type = provider === 'nebius' ? of('InstanceType').replace('_', ' ') : of('InstanceType');
    const region = of('Region') || EVERYWHERE;
    const [vcpus, memoryGiB] = [Number(of('vCPUs')), Number(of('MemoryGiB'))];
    found.set(`${region}/${type}`, {
      provider,
      type,
      region,
      gpus: { count, model, kind },
      ...(vcpus > 0 && { vcpus }),
      ...(memoryGiB > 0 && { memoryGiB }),
      microsPerHour: toMicros(price),
      perGpu: false,
      source: 'SkyPilot’s catalogue on this disk',
      readAt: Math.floor(mtimeMs),
    });
  }
  return [...found.values()];
}

/** `A100-80GB` says its memory itself; of the others `GpuInfo` tells that of one GPU. */
function modelOf(name: string, info: string): string {
  const mib = Number(/'SizeInMiB': (\d+)/.exec(info)?.[1] ?? 0);
  return /\d+ ?GB/i.test(name) || mib < 1024 ? name : `${name} ${Math.round(mib / 1024)}GB`;
}

/** The fields of a line of CSV; quotes are around what has commas in it. */
function fieldsOf(line: string): string[] {
  const fields = line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? [];
  return fields.map((field) => field.replace(/,$/, '').replace(/^"|"$/g, ''));
}
