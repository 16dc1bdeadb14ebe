import type { Ask, GpuNeed, Need, Remark } from './ask.ts';
import { plainImage } from './gpu_image.ts';
import type { YamlFile } from './yaml_file.ts';

/** As price keys name them. */
const PROVIDERS: Readonly<Record<string, string>> = {
  kubernetes: 'kubernetes',
  k8s: 'kubernetes',
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
  const replicas = file.number('service', 'replicas') ?? 1;
  const workers = (file.number('num_nodes') ?? 1) * replicas;
  const [need, ...instead] = waysIn(file).flatMap((resources) => needsOf(resources, workers));
  if (!at || !need) return undefined;
  const name = file.text('name');
  const isService = file.keys().includes('service');
  return {
    at,
    source: 'skypilot',
    ...(name && { name }),
    ...need,
    ...(instead.length > 0 && { instead }),
    launch: isService ? ['sky', 'serve', 'up', 'FILE'] : ['sky', 'launch', 'FILE'],
    remarks: [
      ...(isService ? [] : noAutostop(file)),
      ...(need.market === 'spot' || isService ? [] : noSpot(file)),
      ...plainImage(imageOf(file), file.valueAt('resources', 'image_id')),
    ],
  };
}

type Resources = Readonly<Record<string, unknown>>;

/** Each of `any_of` will do; of `ordered` the first is tried first. Both add to what is beside them. */
function waysIn(file: YamlFile): Resources[] {
  const { any_of, ordered, ...base } = (file.get('resources') ?? {}) as Resources;
  const lists = [any_of, Array.isArray(ordered) ? ordered.slice(0, 1) : undefined];
  const ways = lists.find((list) => Array.isArray(list) && list.length > 0) ?? [{}];
  return (ways as Resources[]).map((way) => ({ ...base, ...way }));
}

/** Machines that these resources mean, of which each will do. */
function needsOf(resources: Resources, workers: number): Need[] {
  const { accelerators, instance_type, infra, cloud, region, use_spot } = resources;
  // `infra: aws/us-east-1` has taken the place of `cloud` and `region`.
  const [ofInfra, place] = String(infra ?? '')
    .split('/')
    .map((part) => (part === '*' ? undefined : part));
  const provider = PROVIDERS[String(cloud ?? ofInfra ?? '').toLowerCase()];
  const where = region ?? place;
  const machine = {
    workers,
    ...(provider && { provider }),
    ...(typeof instance_type === 'string' && { instanceType: instance_type }),
    ...(typeof where === 'string' && where !== '' && { region: where }),
    market: use_spot === true ? ('spot' as const) : ('on-demand' as const),
  };
  const kinds = acceleratorsIn(accelerators);
  if (kinds.length > 0) return kinds.map((gpus) => ({ ...machine, gpus }));
  return machine.instanceType === undefined ? [] : [machine];
}

/** `A100:8`, `{A100: 8, H100: 8}`; of a list, which is tried in its order, the first. */
function acceleratorsIn(value: unknown): GpuNeed[] {
  if (typeof value === 'string') {
    const [model = '', count = '1'] = value.split(':').map((part) => part.trim());
    return model && Number(count) > 0 ? [{ model, count: Number(count) }] : [];
  }
  if (Array.isArray(value)) return acceleratorsIn(value[0]);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([model, count]) =>
    acceleratorsIn(`${model}:${count ?? 1}`),
  );
}

/** The container that it runs in; undefined where it runs on the machine itself. */
function imageOf(file: YamlFile): string | undefined {
  return /^docker:(.+)$/.exec(file.text('resources', 'image_id') ?? '')?.[1];
}

function noAutostop(file: YamlFile): Remark[] {
  const at = file.keyAt('resources');
  const autostop = file.get('resources', 'autostop');
  if (!at || (autostop !== undefined && autostop !== false)) return [];
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
