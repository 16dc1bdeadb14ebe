/**
 * What dcgm-exporter writes with its list of counters for profiling (etc/dcp-metrics-included.csv,
 * in that order), in Kubernetes, for this many GPUs: half of the families are of no interest.
 */
const FAMILIES = [
  'DCGM_FI_DEV_SM_CLOCK',
  'DCGM_FI_DEV_MEM_CLOCK',
  'DCGM_FI_DEV_MEMORY_TEMP',
  'DCGM_FI_DEV_GPU_TEMP',
  'DCGM_FI_DEV_POWER_USAGE',
  'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
  'DCGM_FI_DEV_PCIE_REPLAY_COUNTER',
  'DCGM_FI_DEV_GPU_UTIL',
  'DCGM_FI_DEV_MEM_COPY_UTIL',
  'DCGM_FI_DEV_ENC_UTIL',
  'DCGM_FI_DEV_DEC_UTIL',
  'DCGM_FI_DEV_XID_ERRORS',
  'DCGM_FI_DEV_FB_FREE',
  'DCGM_FI_DEV_FB_USED',
  'DCGM_FI_DEV_FB_RESERVED',
  'DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL',
  'DCGM_FI_DEV_VGPU_LICENSE_STATUS',
  'DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS',
  'DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS',
  'DCGM_FI_DEV_ROW_REMAP_FAILURE',
  'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
  'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
  'DCGM_FI_PROF_DRAM_ACTIVE',
  'DCGM_FI_PROF_PCIE_TX_BYTES',
  'DCGM_FI_PROF_PCIE_RX_BYTES',
] as const;

export function exposition(gpus: number): Buffer {
  const lines = FAMILIES.flatMap((family, row) => [
    `# HELP ${family} What this figure means, in a sentence of the usual length.`,
    `# TYPE ${family} gauge`,
    ...Array.from({ length: gpus }, (_, gpu) => {
      const value = family.includes('PROF') ? ((gpu + 1) / 97).toFixed(6) : gpu * 41 + row;
      return `${family}{${labels(gpu)}} ${value}`;
    }),
  ]);
  return Buffer.from(`${lines.join('\n')}\n`);
}

function labels(gpu: number): string {
  const id = String(gpu).padStart(12, '0');
  return `gpu="${gpu}",UUID="GPU-604ac76c-d9cf-fef3-62e9-${id}",pci_bus_id="00000000:0${gpu % 10}:00.0",device="nvidia${gpu}",modelName="NVIDIA H100 80GB HBM3",Hostname="gpu-node-17.cluster.example",DCGM_FI_DRIVER_VERSION="550.54.15",container="trainer",namespace="research",pod="llama-finetune-worker-${gpu}"`;
}
