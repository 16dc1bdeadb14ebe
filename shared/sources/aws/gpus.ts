import { type InstanceTypeInfo, paginateDescribeInstanceTypes } from '@aws-sdk/client-ec2';
import type { Api } from './api.ts';
import { malformed } from './errors.ts';

/** What a kind of instance has, as AWS describes it. */
export interface TypeFacts {
  gpus: { count: number; model?: string };
  /** Threads, as EC2 sells them (vCPUs); 0 where it does not say. */
  cores: number;
  /** Gigabytes of disks that are lost when the instance stops; 0 for none. */
  instanceStoreGB: number;
}

/** The facts of instance types. They never change, so each is asked for once. */
export interface InstanceTypes {
  /** Reads the facts of those not known yet. Rejects with a SourceError. */
  learn(types: Iterable<string>, region: string, signal: AbortSignal): Promise<void>;
  get(type: string): TypeFacts | undefined;
}

/** So many values a filter may have: 200. */
const AT_ONCE = 100;

export function instanceTypesOf(api: Api): InstanceTypes {
  const known = new Map<string, TypeFacts>();
  return {
    get: (type) => known.get(type),
    async learn(types, region, signal) {
      const missing = [...new Set(types)].filter((type) => !known.has(type));
      for (let from = 0; from < missing.length; from += AT_ONCE) {
        const Values = missing.slice(from, from + AT_ONCE);
        const attempt = api.attempt('ec2:DescribeInstanceTypes', region);
        const infos = await api.ask(attempt, signal, async () => {
          const pages = paginateDescribeInstanceTypes(
            { client: api.ec2(region) },
            // By a filter: a type that EC2 does not sell (SageMaker has some) is then no error.
            { Filters: [{ Name: 'instance-type', Values }] },
            { abortSignal: signal },
          );
          const infos: InstanceTypeInfo[] = [];
          for await (const page of pages) {
            if (!page.InstanceTypes) throw malformed(attempt, 'the answer is not a list of types');
            infos.push(...page.InstanceTypes);
          }
          return infos;
        });
        for (const info of infos)
          if (info.InstanceType) known.set(info.InstanceType, factsOf(info));
      }
    },
  };
}

/**
 * GPUs, or where there are none, AWS's own accelerators (Trainium, Inferentia): they are paid for
 * and can idle just the same.
 */
export function factsOf(info: InstanceTypeInfo): TypeFacts {
  const devices = info.GpuInfo?.Gpus?.length
    ? info.GpuInfo.Gpus
    : (info.NeuronInfo?.NeuronDevices ?? []).map((device) => ({ ...device, Manufacturer: 'AWS' }));
  const count = devices.reduce((sum, { Count = 1 }) => sum + Count, 0);
  const [first] = devices;
  const model = first && [first.Manufacturer, first.Name].filter(Boolean).join(' ');
  return {
    gpus: { count, ...(model && { model }) },
    cores: info.VCpuInfo?.DefaultVCpus ?? 0,
    instanceStoreGB: info.InstanceStorageInfo?.TotalSizeInGB ?? 0,
  };
}
