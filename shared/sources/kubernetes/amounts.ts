import type { Container } from './objects.ts';

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * `500m`, `2`, `1e3`, `16Gi`; 0 for what is none.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantity(text: string | undefined): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text?.trim() ?? '');
  const factor = SUFFIXES[match?.[2] ?? ''];
  const value = Number(match?.[1]);
  return match && factor !== undefined && Number.isFinite(value) ? Math.max(0, value * factor) : 0;
}

type Need = Readonly<Record<string, number>>;
type Asking = Pick<Container, 'restartPolicy' | 'resources'>;

/**
 * What the scheduler sets aside for a pod: the sum over its containers and sidecars, or the largest
 * of its init containers (each beside the sidecars before it) where that is more. Of what is no
 * request the limit holds, as for GPUs.
 * https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
export function needsOf({
  containers,
  initContainers,
}: {
  containers: readonly Asking[];
  initContainers: readonly Asking[];
}): Need {
  let sidecars: Need = {};
  let most: Need = {};
  for (const container of initContainers) {
    const beside = combine(sidecars, needOf(container), (a, b) => a + b);
    if (container.restartPolicy === 'Always') sidecars = beside;
    most = combine(most, beside, Math.max);
  }
  const running = containers.map(needOf).reduce((a, b) => combine(a, b, (x, y) => x + y), sidecars);
  return combine(most, running, Math.max);
}

function needOf({ resources }: Asking): Need {
  const names = { ...resources.limits, ...resources.requests };
  return Object.fromEntries(Object.entries(names).map(([name, value]) => [name, quantity(value)]));
}

function combine(a: Need, b: Need, how: (x: number, y: number) => number): Need {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, how(a[name] ?? 0, b[name] ?? 0)]));
}
