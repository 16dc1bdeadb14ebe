/** A model of GPU, as far as its price depends on it. */
export interface GpuKind {
  /** `H100`, `A10G`, `RTX 4090`. */
  family: string;
  memoryGb?: number;
  form?: 'SXM' | 'PCIe' | 'NVL';
}

/** The marketing names of more than one word; all others are one letter or two, and a number. */
const LONG = /\bRTX[ -]?(PRO[ -]?6000|6000[ -]?ADA|[2345]0[5-9]0(?: TI)?)\b/;
const SHORT =
  /\b(GB[23]00|GH200|B[23]00|H(?:20|100|200|800)|A(?:10G?|16|30|40|100|800|[456]000)|L(?:4|20|40S?)|T4G?|V100|P100|K80|M60|MI\d{3}[AX]?|V620|V710)(?=\b|[-_ ])/;

/**
 * What GPU a text speaks of, however its provider spells it: `NVIDIA A100-SXM4-80GB`,
 * `H100 (80 GB SXM5)`, `nvidia_h100`, `Tesla T4`. Undefined where it names none that is known
 * here, or only a slice of one.
 */
export function gpuKindOf(text: string): GpuKind | undefined {
  const words = text.toUpperCase().replaceAll('_', ' ');
  if (/\bMIG\b/.test(words)) return undefined;
  const long = LONG.exec(words)?.[1]?.replaceAll('-', ' ');
  const family = long ? `RTX ${long}` : SHORT.exec(words)?.[1];
  if (!family) return undefined;
  const memory = /\b(\d{2,3}) ?G(?:I?B)?\b/.exec(words.replace(family, ' '))?.[1];
  const form = formIn(words);
  return { family, ...(memory && { memoryGb: Number(memory) }), ...(form && { form }) };
}

function formIn(words: string): GpuKind['form'] {
  if (/\bNVL\b/.test(words)) return 'NVL';
  if (/SXM|HBM3/.test(words)) return 'SXM';
  return /PCI-?E/.test(words) ? 'PCIe' : undefined;
}

/**
 * Whether two are the same GPU as far as either says: what one leaves open differs in nothing.
 * Memory that is told before and after what the system keeps of it is the same.
 */
export function isSameGpu(a: GpuKind, b: GpuKind): boolean {
  const memory = [a.memoryGb, b.memoryGb];
  const [most = 0, least = most] = memory
    .filter((gb) => gb !== undefined)
    .toSorted((x, y) => y - x);
  return (
    a.family === b.family &&
    most - least <= most * 0.08 &&
    (a.form === undefined || b.form === undefined || a.form === b.form)
  );
}
