import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { keyRemedy, readKey } from '../api_key.ts';
import { RestClient } from '../rest.ts';
import type { Surroundings } from '../source.ts';
import { PLACES } from './places.ts';
import type { Settings } from './settings.ts';
import { type PodReading, telemetryOf } from './telemetry.ts';

const GpuKind = z.object({
  id: z.string().nullish(),
  count: z.number().int().nonnegative().nullish(),
  displayName: z.string().nullish(),
});

/** A number, though the documentation's example is a string. */
const dollars = z.union([
  z.number().nonnegative(),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number),
]);

/**
 * What is read of a pod; the API tells more, its environment with secrets among it.
 * https://docs.runpod.io/api-reference/pods/GET/pods, schema Pod
 */
export const Pod = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  /** RUNNING, EXITED or TERMINATED; maybe others one day. */
  desiredStatus: z.string(),
  costPerHr: dollars,
  adjustedCostPerHr: dollars.nullish(),
  gpu: GpuKind.nullish(),
  gpuCount: z.number().int().nonnegative().nullish(),
  cpuFlavorId: z.string().nullish(),
  vcpuCount: z.number().nonnegative().nullish(),
  machine: z
    .object({
      gpuTypeId: z.string().nullish(),
      gpuDisplayName: z.string().nullish(),
      gpuType: GpuKind.nullish(),
      dataCenterId: z.string().nullish(),
      location: z.string().nullish(),
    })
    .nullish(),
  interruptible: z.boolean().nullish(),
  locked: z.boolean().nullish(),
  lastStartedAt: z.string().nullish(),
  lastStatusChange: z.string().nullish(),
  containerDiskInGb: z.number().nonnegative().nullish(),
  volumeInGb: z.number().nonnegative().nullish(),
  volumeMountPath: z.string().nullish(),
  networkVolume: z
    .object({ id: z.string(), name: z.string().nullish(), size: z.number().nullish() })
    .nullish(),
  publicIp: z.string().nullish(),
  ports: z.array(z.string()).nullish(),
});
export type Pod = z.infer<typeof Pod>;

/** https://docs.runpod.io/api-reference/network-volumes/GET/networkvolumes */
const NetworkVolume = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  size: z.number().nonnegative(),
  dataCenterId: z.string().nullish(),
});
export type NetworkVolume = z.infer<typeof NetworkVolume>;

/** https://docs.runpod.io/api-reference/endpoints/GET/endpoints */
const Endpoint = z.object({
  networkVolumeId: z.string().nullish(),
  networkVolumeIds: z.array(z.string()).nullish(),
});

const DETAILS = 'includeMachine=true&includeNetworkVolume=true';

/** The calls that Burnrate makes of RunPod. https://docs.runpod.io/api-reference/overview */
export interface Api {
  /** https://docs.runpod.io/api-reference/pods/GET/pods. Serverless workers are not among them. */
  list(signal: AbortSignal): Promise<Pod[]>;
  /** https://docs.runpod.io/api-reference/pods/GET/pods/podId. A NotFound where it is gone. */
  get(id: string, signal: AbortSignal): Promise<Pod>;
  /** https://docs.runpod.io/api-reference/pods/POST/pods/podId/stop */
  stop(id: string, signal: AbortSignal): Promise<void>;
  /** https://docs.runpod.io/api-reference/pods/DELETE/pods/podId */
  delete(id: string, signal: AbortSignal): Promise<void>;
  networkVolumes(signal: AbortSignal): Promise<NetworkVolume[]>;
  /** The network volumes that serverless endpoints have. */
  volumesOfEndpoints(signal: AbortSignal): Promise<string[]>;
  /** https://docs.runpod.io/sdks/graphql/manage-pods#list-all-pods */
  telemetry(signal: AbortSignal): Promise<PodReading[]>;
  close(): void;
}

export function openApi(account: Account, surroundings: Surroundings, settings: Settings): Api {
  const client = (service: string, baseUrl: string) =>
    new RestClient({
      account: account.id,
      service,
      baseUrl,
      clock: surroundings.clock,
      key: () => readKey(account, PLACES, surroundings),
      remedy: keyRemedy(account, PLACES),
    });
  const rest = client('RunPod', settings.url);
  const graphql = client('RunPod GraphQL', settings.telemetryUrl);
  const at = (id: string) => `/pods/${encodeURIComponent(id)}`;
  return {
    list: (signal) => rest.ask({ path: `/pods?${DETAILS}`, schema: z.array(Pod), signal }),
    get: (id, signal) => rest.ask({ path: `${at(id)}?${DETAILS}`, schema: Pod, signal }),
    async stop(id, signal) {
      await rest.ask({ method: 'POST', path: `${at(id)}/stop`, schema: z.unknown(), signal });
    },
    async delete(id, signal) {
      await rest.ask({ method: 'DELETE', path: at(id), schema: z.unknown(), signal });
    },
    networkVolumes: (signal) =>
      rest.ask({ path: '/networkvolumes', schema: z.array(NetworkVolume), signal }),
    async volumesOfEndpoints(signal) {
      const all = await rest.ask({ path: '/endpoints', schema: z.array(Endpoint), signal });
      return all.flatMap(({ networkVolumeId, networkVolumeIds }) => [
        ...(networkVolumeId ? [networkVolumeId] : []),
        ...(networkVolumeIds ?? []),
      ]);
    },
    telemetry: (signal) => telemetryOf(graphql, account, signal),
    close() {
      rest.close();
      graphql.close();
    },
  };
}
