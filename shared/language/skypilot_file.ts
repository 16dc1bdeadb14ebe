import type { Ask, GpuNeed, Remark } from './ask.ts';
import { plainImage } from './gpu_image.ts';
import type { YamlFile } from './yaml_file.ts';

/** As price keys name them. */
const PROVIDERS: Readonly<Record<string, string>> = {
  kubernetes: 'kubernetes',
  aws: 'aws',
  gcp: 'gcp',
  azure: 'azure',
  lambda: 'lambda',
  runpod: 'runpod',
  vast: 'vast',
  nebius: 'nebius',
  do: 'digitalocean',
  hyperbolic: 'hyperbolic',
};

/** Whether it is a SkyPilot task: it has resources, and something to run on them. */
export function isSkyTask(file: YamlFile): boolean {
  const keys = file.keys();
  return (
    keys.includes('resources') &&
    !keys.includes('apiVersion') &&
    ['run', 'setup', 'workdir', 'num_nodes', 'file_mounts', 'service'].some((key) =>
      keys.includes(key),
    )
  );
}

/**
 * What a SkyPilot task asks for; undefined where it asks for no GPU
 * (https://docs.skypilot.co/en/latest/reference/yaml-spec.html).
 */
export function skyAsk(file: YamlFile): Ask | undefined {
  const at = file.keyAt('resources');
  const gpus = acceleratorsIn(file.get('resources', 'accelerators'));
  const instanceType = file.text('resources', 'instance_type');
  if (!at || (!gpus && instanceType === undefined)) return undefined;
  // `infra: aws/us-east-1` has taken the place of `cloud` and `region`.
  const [infra, infraRegion] = (file.text('resources', 'infra') ?? '').split('/');
  const cloud = (file.text('resources', 'cloud') ?? infra ?? '').toLowerCase();
  const provider = PROVIDERS[cloud];
  const region = file.text('resources', 'region') ?? infraRegion;
  const name = file.text('name');
  const spot = file.get('resources', 'use_spot') === true;
  const replicas = file.number('service', 'replicas');
  const isService = file.keys().includes('service');
  return {
    at,
    source: 'skypilot',
    ...(name && { name }),
    ...(gpus && { gpus }),
    workers: (file.number('num_nodes') ?? 1) * (replicas ?? 1),
    ...(provider && { provider }),
    ...(instanceType && { instanceType }),
    ...(region && { region }),
    market: spot ? 'spot' : 'on-demand',
    launch: isService ? ['sky', 'serve', 'up', 'FILE'] : ['sky', 'launch', 'FILE'],
    remarks: [
      ...(isService ? [] : noAutostop(file)),
      ...(spot || isService ? [] : noSpot(file)),
      ...plainImage(imageOf(file), file.valueAt('resources', 'image_id')),
    ],
  };
}

/** `A100:8`, `{A100: 8}`; of several that will do, the first. */
function acceleratorsIn(value: unknown): GpuNeed | undefined {
  if (typeof value === 'string') {
    const [model = '', count = '1'] = value.split(':').map((part) => part.trim());
    return model && Number(count) > 0 ? { model, count: Number(count) } : undefined;
  }
  if (Array.isArray(value)) return acceleratorsIn(value[0]);
  if (typeof value === 'object' && value !== null) {
    const [first] = Object.entries(value);
    return first && acceleratorsIn(`${first[0]}:${first[1] ?? 1}`);
  }
  return undefined;
}

/** The container that it runs in; undefined where it runs on the machine itself. */
function imageOf(file: YamlFile): string | undefined {
  return /^docker:(.+)$/.exec(file.text('resources', 'image_id') ?? '')?.[1];
}

function noAutostop(file: YamlFile): Remark[] {
  const at = file.keyAt('resources');
  if (!at || file.keys('resources').includes('autostop')) return [];
  const [first] = file.keys('resources');
  const before = first === undefined ? undefined : file.keyAt('resources', first);
  return [
    {
      at,
      severity: 'information',
      code: 'no-autostop',
      message:
        'No autostop: the cluster costs money after the job is done, until somebody ends it.',
      ...(before && {
        fix: {
          title: 'Stop the cluster after 10 idle minutes',
          at: { from: before.from, to: before.from },
          text: 'autostop: 10\n  ',
        },
      }),
    },
  ];
}

/** Only where checkpoints are kept outside the machine can it be taken away at any time. */
function noSpot(file: YamlFile): Remark[] {
  const at = file.keyAt('resources');
  const mounts = Object.values((file.get('file_mounts') ?? {}) as Record<string, unknown>);
  const keeps = mounts.some(
    (mount) =>
      typeof mount === 'object' &&
      mount !== null &&
      /^MOUNT/.test(String((mount as { mode?: unknown }).mode ?? 'MOUNT')),
  );
  if (!at || !keeps) return [];
  const [first] = file.keys('resources');
  const before = first === undefined ? undefined : file.keyAt('resources', first);
  return [
    {
      at,
      severity: 'hint',
      code: 'on-demand',
      message:
        'On demand, though it writes to a mounted bucket: with checkpoints there, spot machines cost a fraction.',
      ...(before && {
        fix: {
          title: 'Use spot machines',
          at: { from: before.from, to: before.from },
          text: 'use_spot: true\n  ',
        },
      }),
    },
  ];
}
