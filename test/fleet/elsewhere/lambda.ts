import type { Listening } from '../listen.ts';
import type { Rented } from '../scenario.ts';
import { tell } from './json.ts';
import type { Tenure } from './tenure.ts';

export interface Rental {
  id: string;
  machine: Rented;
  tenure: Tenure;
}

/** Lambda's Cloud API over these machines. https://docs.lambda.ai/api/cloud */
export function openLambda(rentals: readonly Rental[]): Promise<Listening> {
  const live = () => rentals.filter(({ tenure }) => tenure.endedAt === undefined);
  return tell(({ call, body }) => {
    if (call === 'GET /instances') return { body: { data: live().map(instanceOf) } };
    if (call === 'GET /file-systems') return { body: { data: [] } };
    const [, id] = /^GET \/instances\/(\w+)$/.exec(call) ?? [];
    const found = live().find((one) => one.id === id);
    if (found) return { body: { data: instanceOf(found) } };
    if (call !== 'POST /instance-operations/terminate') return undefined;
    const { instance_ids: ids } = body as { instance_ids: string[] };
    const ending = live().filter((one) => ids.includes(one.id));
    const told = ending.map((one) => ({ ...instanceOf(one), status: 'terminating' }));
    for (const { tenure } of ending) tenure.end();
    return { body: { data: { terminated_instances: told } } };
  });
}

function instanceOf({ id, machine }: Rental) {
  const { name, type, gpu, gpus, dollarsPerHour } = machine;
  return {
    id,
    name,
    status: 'active',
    file_system_names: [],
    region: { name: 'us-west-1', description: 'California, USA' },
    instance_type: {
      name: type,
      description: `${gpus}x ${gpu}`,
      gpu_description: gpu,
      price_cents_per_hour: Math.round(dollarsPerHour * 100),
      specs: { vcpus: 30, memory_gib: 200, storage_gib: 512, gpus },
    },
    is_reserved: false,
  };
}
