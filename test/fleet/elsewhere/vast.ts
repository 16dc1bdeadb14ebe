import type { Clock } from '../clock.ts';
import type { Listening } from '../listen.ts';
import { chance } from '../noise.ts';
import { tell } from './json.ts';
import type { Rental } from './lambda.ts';

/** Vast.ai's API over these instances. https://docs.vast.ai/api-reference/instances/show-instances */
export function openVast(rentals: readonly Rental[], clock: Clock): Promise<Listening> {
  const live = new Map(rentals.map((rental, index) => [String(4_711 + index), rental]));
  const told = (id: string, rental: Rental) => instanceOf(Number(id), rental, clock);
  return tell(({ call }) => {
    if (call === 'GET /api/v1/instances/') {
      const instances = [...live].map(([id, rental]) => told(id, rental));
      const { length } = instances;
      return {
        body: {
          success: true,
          instances_found: length,
          total_instances: length,
          next_token: null,
          instances,
        },
      };
    }
    const [, method, id = ''] = /^(\w+) \/api\/v0\/instances\/(\d+)\/$/.exec(call) ?? [];
    const found = live.get(id);
    if (method === 'GET') return { body: { instances: found ? told(id, found) : null } };
    if (!method || !found) return undefined;
    found.tenure.end();
    if (method === 'DELETE') live.delete(id);
    return { body: { success: true } };
  });
}

function instanceOf(id: number, { machine, tenure }: Rental, clock: Clock) {
  const { name, gpu, gpus, dollarsPerHour, level } = machine;
  const { startedAt, endedAt } = tenure;
  const state = endedAt === undefined ? 'running' : 'stopped';
  const minute = Math.floor(clock.now() / 60_000);
  return {
    id,
    label: name,
    actual_status: state,
    cur_state: state,
    next_state: state,
    intended_status: state,
    image_uuid: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime',
    public_ipaddr: '192.0.2.45',
    machine_id: 12,
    start_date: startedAt / 1000,
    cpu_cores_effective: 32,
    gpu_name: gpu,
    gpu_totalram: 24_576 * gpus,
    gpu_util: Math.round(100 * (level + 0.06 * (chance(minute, id) - 0.5))),
    num_gpus: gpus,
    geolocation: 'Sweden, SE',
    is_bid: false,
    dph_base: dollarsPerHour,
    dph_total: dollarsPerHour,
    disk_space: 80,
    storage_cost: 0.15,
    storage_total_cost: 0.0164,
    credit_discount: null,
    instance: { totalHour: dollarsPerHour, discountedTotalPerHour: dollarsPerHour },
    volume_info: [],
  };
}
