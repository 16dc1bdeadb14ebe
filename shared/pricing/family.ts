import type { PriceKey } from '../model/rate.ts';

/** How each provider's names of machine types fall into families, which share their discounts. */
const FAMILIES: Readonly<Record<string, (type: string) => string>> = {
  // p5.48xlarge
  aws: (type) => type.split('.')[0] ?? type,
  // a3-highgpu-8g
  gcp: (type) => type.split('-')[0] ?? type,
  // Standard_ND96isr_H100_v5: the number of cores is its size. learn.microsoft.com, vm-naming-conventions
  azure: (type) => type.replace(/^Standard_/, '').replace(/^([A-Z]+)\d+(-\d+)?[a-z]*/, '$1'),
  // gpu_8x_h100_sxm5
  lambda: (type) => type.replace(/_\d+x_/, '_'),
};

/** `p5`, `a3`, `ND_H100_v5`: where the provider's way of naming is not known, the type itself. */
export function familyOf({
  provider,
  instanceType,
}: Pick<PriceKey, 'provider' | 'instanceType'>): string {
  return FAMILIES[provider]?.(instanceType) ?? instanceType;
}
