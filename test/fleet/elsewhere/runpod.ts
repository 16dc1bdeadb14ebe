import type { Clock } from '../clock.ts';
import type { Listening } from '../listen.ts';
import { chance } from '../noise.ts';
import { tell } from './json.ts';
import type { Rental } from './lambda.ts';

/** RunPod's REST API, and of its GraphQL how busy GPUs are. https://docs.runpod.io/api-reference */
export function openRunPod(rentals: readonly Rental[], clock: Clock): Promise<Listening> {
  return tell(({ call }) => {
    if (call === 'GET /v1/pods') return { body: rentals.map(podOf) };
    if (call === 'GET /v1/networkvolumes' || call === 'GET /v1/endpoints') return { body: [] };
    if (call === 'POST /graphql')
      return { body: { data: { myself: { pods: rentals.map((one) => readingOf(one, clock)) } } } };
    const [, method, id, action] = /^(\w+) \/v1\/pods\/(\w+)(\/\w+)?$/.exec(call) ?? [];
    const found = rentals.find((one) => one.id === id);
    if (!found) return undefined;
    if (method === 'DELETE' || action === '/stop') found.tenure.end();
    return { body: podOf(found) };
  });
}

function podOf({ id, machine, tenure }: Rental) {
  const { name, gpu, gpus, type, dollarsPerHour } = machine;
  const { startedAt, endedAt } = tenure;
  return {
    id,
    name,
    desiredStatus: endedAt === undefined ? 'RUNNING' : 'EXITED',
    costPerHr: String(dollarsPerHour),
    adjustedCostPerHr: dollarsPerHour,
    gpu: { id: type, count: gpus, displayName: gpu },
    machine: { gpuTypeId: type, dataCenterId: 'EU-RO-1', location: 'RO' },
    interruptible: false,
    locked: false,
    lastStartedAt: new Date(startedAt).toISOString(),
    ...(endedAt !== undefined && {
      lastStatusChange: `Exited by user: ${new Date(endedAt).toUTCString()}`,
    }),
    vcpuCount: 24,
    containerDiskInGb: 50,
    volumeInGb: 80,
    volumeMountPath: '/workspace',
    ports: ['22/tcp'],
  };
}

function readingOf({ id, machine, tenure }: Rental, clock: Clock) {
  if (tenure.endedAt !== undefined) return { id, runtime: null };
  const minute = Math.floor(clock.now() / 60_000);
  const gpus = Array.from({ length: machine.gpus }, (_, index) => ({
    id: `${id}-${index}`,
    gpuUtilPercent: Math.round(100 * (machine.level + 0.06 * (chance(minute, index) - 0.5))),
  }));
  return { id, runtime: { gpus } };
}
