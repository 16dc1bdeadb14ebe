import type { GpuReading } from './gpus.ts';

interface Family {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  /** Undefined where this kind of GPU does not have it. */
  value: (reading: GpuReading) => number | undefined;
  digits?: number;
}

const whole = (value: number) => Math.round(value);
const MIB = 1024 * 1024;
const DRIVER = '550.127.05';

/**
 * The families of dcgm-exporter's `dcp-metrics-included.csv` and `default-counters.csv`, with
 * their help texts: https://github.com/NVIDIA/dcgm-exporter/tree/main/etc
 */
const families: readonly Family[] = [
  gauge('DCGM_FI_DEV_SM_CLOCK', 'SM clock frequency (in MHz).', (r) =>
    r.active > 0.01 ? r.gpu.smClock : 345,
  ),
  gauge('DCGM_FI_DEV_MEM_CLOCK', 'Memory clock frequency (in MHz).', (r) => r.gpu.memClock),
  gauge('DCGM_FI_DEV_MEMORY_TEMP', 'Memory temperature (in C).', (r) =>
    r.gpu.nvlink ? whole(30 + 38 * r.active) : 0,
  ),
  gauge('DCGM_FI_DEV_GPU_TEMP', 'GPU temperature (in C).', (r) => whole(27 + 36 * r.active)),
  gauge('DCGM_FI_DEV_POWER_USAGE', 'Power draw (in W).', (r) => r.watts, 6),
  counter(
    'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
    'Total energy consumption since boot (in mJ).',
    (r) => whole(r.energy),
  ),
  counter('DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'Total number of PCIe retries.', () => 0),
  gauge('DCGM_FI_DEV_GPU_UTIL', 'GPU utilization (in %).', (r) => whole(r.utilization * 100)),
  gauge('DCGM_FI_DEV_MEM_COPY_UTIL', 'Memory utilization (in %).', (r) =>
    whole(r.utilization * 47),
  ),
  gauge('DCGM_FI_DEV_ENC_UTIL', 'Encoder utilization (in %).', () => 0),
  gauge('DCGM_FI_DEV_DEC_UTIL', 'Decoder utilization (in %).', () => 0),
  gauge('DCGM_FI_DEV_XID_ERRORS', 'Value of the last XID error encountered.', () => 0),
  counter('DCGM_FI_DEV_POWER_VIOLATION', 'Throttling duration due to power constraints.', (r) =>
    whole(r.energy / 90_000),
  ),
  counter(
    'DCGM_FI_DEV_THERMAL_VIOLATION',
    'Throttling duration due to thermal constraints.',
    () => 0,
  ),
  gauge('DCGM_FI_DEV_FB_FREE', 'Framebuffer memory free (in MiB).', (r) =>
    whole(r.gpu.memoryMiB - r.memoryUsedMiB),
  ),
  gauge('DCGM_FI_DEV_FB_USED', 'Framebuffer memory used (in MiB).', (r) => r.memoryUsedMiB),
  counter(
    'DCGM_FI_DEV_ECC_SBE_VOL_TOTAL',
    'Total number of single-bit volatile ECC errors.',
    () => 0,
  ),
  counter(
    'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL',
    'Total number of double-bit volatile ECC errors.',
    () => 0,
  ),
  counter(
    'DCGM_FI_DEV_ECC_SBE_AGG_TOTAL',
    'Total number of single-bit persistent ECC errors.',
    () => 0,
  ),
  counter(
    'DCGM_FI_DEV_ECC_DBE_AGG_TOTAL',
    'Total number of double-bit persistent ECC errors.',
    () => 0,
  ),
  counter(
    'DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS',
    'Number of remapped rows for uncorrectable errors',
    () => 0,
  ),
  counter(
    'DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS',
    'Number of remapped rows for correctable errors',
    () => 0,
  ),
  gauge('DCGM_FI_DEV_ROW_REMAP_FAILURE', 'Whether remapping of rows has failed', () => 0),
  counter(
    'DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL',
    'Total number of NVLink bandwidth counters for all lanes',
    (r) => (r.gpu.nvlink ? whole(r.active * 171_000) : undefined),
  ),
  gauge('DCGM_FI_DEV_VGPU_LICENSE_STATUS', 'vGPU License status', () => 0),
  gauge(
    'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
    'Ratio of time the graphics engine is active.',
    (r) => r.active,
    6,
  ),
  gauge(
    'DCGM_FI_PROF_SM_ACTIVE',
    'The ratio of cycles an SM has at least 1 warp assigned.',
    (r) => r.active * 0.83,
    6,
  ),
  gauge(
    'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
    'Ratio of cycles the tensor (HMMA) pipe is active.',
    (r) => r.active * 0.44,
    6,
  ),
  gauge(
    'DCGM_FI_PROF_DRAM_ACTIVE',
    'Ratio of cycles the device memory interface is active sending or receiving data.',
    (r) => r.active * 0.39,
    6,
  ),
  gauge(
    'DCGM_FI_PROF_PCIE_TX_BYTES',
    'The rate of data transmitted over the PCIe bus - including both protocol headers and data payloads - in bytes per second.',
    (r) => whole(r.out),
  ),
  gauge(
    'DCGM_FI_PROF_PCIE_RX_BYTES',
    'The rate of data received over the PCIe bus - including both protocol headers and data payloads - in bytes per second.',
    (r) => whole(r.in),
  ),
  gauge(
    'DCGM_FI_PROF_NVLINK_TX_BYTES',
    'The rate of data transmitted over NVLink, not including protocol headers, in bytes per second.',
    (r) => (r.gpu.nvlink ? whole(r.active * 83_000 * MIB) : undefined),
  ),
  gauge(
    'DCGM_FI_PROF_NVLINK_RX_BYTES',
    'The rate of data received over NVLink, not including protocol headers, in bytes per second.',
    (r) => (r.gpu.nvlink ? whole(r.active * 83_000 * MIB) : undefined),
  ),
];

/** What dcgm-exporter prints for these GPUs, family by family, as Prometheus reads it. */
export function exposition(readings: readonly GpuReading[], hostname: string): string {
  const lines: string[] = [];
  for (const family of families) {
    const values = readings.flatMap((reading) => {
      const value = family.value(reading);
      return value === undefined
        ? []
        : `${family.name}{${labels(reading, hostname)}} ${value.toFixed(family.digits ?? 0)}`;
    });
    if (values.length === 0) continue;
    lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`);
    lines.push(...values);
  }
  return `${lines.join('\n')}\n`;
}

function labels({ index, uuid, busId, gpu }: GpuReading, hostname: string): string {
  return `gpu="${index}",UUID="${uuid}",pci_bus_id="${busId}",device="nvidia${index}",modelName="${gpu.modelName}",Hostname="${hostname}",DCGM_FI_DRIVER_VERSION="${DRIVER}"`;
}

function gauge(name: string, help: string, value: Family['value'], digits = 0): Family {
  return { name, type: 'gauge', help, value, digits };
}

function counter(name: string, help: string, value: Family['value']): Family {
  return { name, type: 'counter', help, value };
}
