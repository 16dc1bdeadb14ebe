import { identify } from '@burnrate/shared/metering/identity.ts';
import { nebius } from '@burnrate/shared/sources/nebius/index.ts';
import type { Source } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { lookingAt, only, openAccount, planOf, stopOf } from '../open_account.ts';
import { type NebiusInstance, nebiusInstance, withNebius } from './nebius_tool.ts';
import { at, KEY, NEOCLOUDS } from './open.ts';

type Shape = Record<string, unknown>;
type Task = Parameters<typeof lookingAt>[1];

function atNebius(instances: NebiusInstance[], task: Task, section: Shape = {}): Promise<void> {
  const surroundings = bareMachine(withNebius(instances));
  const opening = openAccount(nebius as Source, () => 'hang', {
    key: KEY,
    surroundings,
    section: () => section,
  });
  return lookingAt(opening, task);
}

describe('a machine of Nebius', () => {
  test('is read by its own tool: GPUs and cores of its preset, addresses without their prefix', () =>
    atNebius([nebiusInstance(), nebiusInstance('computeinstance-u00x')], (seen) => {
      expect(seen.nodes?.[0]).toMatchObject({
        aliases: ['computeinstance-e00abc', 'nebius://computeinstance-e00abc'],
        gpus: { count: 8, model: 'H100 SXM' },
        cores: 128,
        state: 'running',
        priceKey: { instanceType: 'gpu-h100-sxm 8gpu-128vcpu-1600gb', region: 'eu-north1' },
        labels: { team: 'vision', 'nebius:project': 'project-e00lab' },
      });
      expect(seen.nodes?.[1]?.priceKey?.region).toBe('us-central1');
      expect(JSON.stringify(seen)).not.toContain('cloud-init');
    }));

  test('is spot where it is preemptible, reserved where it holds a reservation', () =>
    atNebius(
      [
        nebiusInstance('a', {}, { preemptible: { on_preemption: 'STOP' } }),
        nebiusInstance('b', { reservation_id: 'capacityblockgroup-1' }),
      ],
      (seen) => {
        expect(seen.nodes?.map(({ priceKey }) => priceKey?.market)).toEqual(['spot', 'reserved']);
      },
    ));

  test('is stopped; its disk goes on costing', () => {
    const instances = [nebiusInstance()];
    return atNebius(instances, async (seen, place) => {
      const plan = await planOf(place, only(seen.jobs));
      expect(plan.equivalent).toBe('nebius compute instance stop --id computeinstance-e00abc');
      expect(plan.keeps).toEqual(['Its disk, charged for as before']);
      await stopOf(place, only(seen.jobs));
      expect(instances[0]?.status.state).toBe('STOPPING');
    });
  });
});

test('a machine of a provider that is a node of Kubernetes is one machine, paid once', () =>
  at('digitalocean', [NEOCLOUDS.digitalocean.machine()], (seen) => {
    const droplet = only(seen.nodes);
    const node = {
      ...droplet,
      id: 'kubernetes:lab:pool-1',
      source: 'kubernetes',
      account: 'kubernetes:lab',
      name: 'pool-1',
      aliases: ['pool-1', 'digitalocean://3164444'],
      scheduled: true,
    };
    const fleet = identify([node, droplet]);
    expect(fleet.nodes).toHaveLength(1);
    // The number alone is no name: others number their machines, too.
    const stranger = { ...node, aliases: ['3164444'] };
    expect(identify([stranger, droplet]).nodes).toHaveLength(2);
  }));
