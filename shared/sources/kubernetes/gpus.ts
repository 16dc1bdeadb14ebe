import { quantity } from './amounts.ts';

/** The GPUs of a node, and what part of one each of its resources is. */
export interface Gpus {
  count: number;
  model?: string;
  /** What one unit of a resource is of a GPU; 0 where it is no GPU. */
  part(resource: string): number;
}

/** Whole GPUs, unless their node says otherwise. */
const GPU =
  /^(nvidia\.com\/gpu(\.shared)?|amd\.com\/gpu|gpu\.intel\.com\/(i915|xe)|habana\.ai\/gaudi)$/;
/** A slice of a GPU in MIG's mixed strategy: `nvidia.com/mig-3g.20gb`. */
const MIG = /^nvidia\.com\/mig-(\d+)g\.\d+gb/;

/** Where labels say what model the GPUs are: NVIDIA's discovery, AMD's labeller, GKE, Karpenter. */
const MODELS = [
  'nvidia.com/gpu.product',
  'amd.com/gpu.product-name',
  'beta.amd.com/gpu.product-name',
  'cloud.google.com/gke-accelerator',
  'karpenter.k8s.aws/instance-gpu-name',
];

export function isGpu(resource: string): boolean {
  return GPU.test(resource) || MIG.test(resource);
}

/**
 * By a node's labels and capacity: GPUs that are cut (MIG) or lent out in turns (time-slicing, MPS)
 * are more in its capacity than there are.
 *
 * https://github.com/NVIDIA/k8s-device-plugin/blob/main/docs/gpu-feature-discovery/README.md
 */
export function gpusOf(
  labels: Readonly<Record<string, string>>,
  capacity: Readonly<Record<string, string>>,
): Gpus {
  const product = labels['nvidia.com/gpu.product'] ?? '';
  const replicas = Math.max(1, Number(labels['nvidia.com/gpu.replicas']) || 1);
  const slices = slicesOf(product);
  // In the single strategy each of a GPU's equal slices is an `nvidia.com/gpu`.
  const single = /-MIG-(\d+)g\./.exec(product)?.[1];
  const perGpu = single === undefined ? 1 : Math.max(1, Math.floor(slices / Number(single)));
  const part = (resource: string): number => {
    const mig = MIG.exec(resource)?.[1];
    if (mig !== undefined) {
      const shared = Number(labels[`${resource.replace(/\.shared$/, '')}.replicas`]) || 1;
      return Math.min(1, Number(mig) / slices) / shared;
    }
    if (!GPU.test(resource)) return 0;
    return resource.startsWith('nvidia.com/') ? 1 / perGpu / replicas : 1;
  };
  const sum = (wanted: RegExp) =>
    Object.entries(capacity)
      .filter(([resource]) => wanted.test(resource))
      .reduce((total, [resource, amount]) => total + quantity(amount) * part(resource), 0);
  // Of a GPU that is cut, slices may be left over.
  const cut = sum(MIG);
  const mixed = labels['nvidia.com/mig.strategy'] === 'mixed' || cut > 0;
  const counted = Number(labels['nvidia.com/gpu.count']) || 0;
  const known = mixed ? counted : 0;
  const count = Math.max(known, Math.ceil(round(sum(GPU) + cut)));
  const name = MODELS.map((label) => labels[label]).find(Boolean);
  const model = name && modelIn(name);
  return { count, ...(model && { model }), part };
}

/** `NVIDIA-A100-SXM4-40GB-MIG-1g.5gb-SHARED` is an `NVIDIA A100 SXM4 40GB`. */
function modelIn(product: string): string {
  return product
    .replace(/-SHARED$/, '')
    .replace(/-MIG-.*$/, '')
    .replaceAll(/[-_]+/g, ' ');
}

/** An A30 can be cut into four, every other GPU with MIG into seven. */
function slicesOf(product: string): number {
  return /\bA30\b/.test(product) ? 4 : 7;
}

/** Sevenths add up to a whole only nearly. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
