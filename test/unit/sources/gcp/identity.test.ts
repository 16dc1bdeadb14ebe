import { identify } from '@burnrate/shared/metering/identity.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { expect, test } from 'vitest';
import { look, only } from '../open_account.ts';
import { googleOf, instance } from './cloud.ts';
import { openGcp, TOKEN } from './open.ts';

test.each([
  ['SkyPilot’s, by its address', 'skypilot', ['10.128.0.7']],
  ['Kubernetes’s, by its provider id', 'kubernetes', ['gce://ada-lab/us-central1-a/train']],
])('an instance with fitted GPUs is one machine with %s', async (_, source, aliases) => {
  const fitted = {
    type: 'n1-standard-8',
    guestAccelerators: [
      { acceleratorType: 'x/acceleratorTypes/nvidia-tesla-t4', acceleratorCount: 4 },
    ],
  };
  const place = await openGcp(googleOf({ token: TOKEN, instances: [instance(fitted)] }));
  try {
    const own = only((await look(place, ['nodes'])).nodes);
    // They know the type, and not what is fitted to it.
    const theirs: Node = {
      ...own,
      id: `${source}:lab:sky-1`,
      source,
      account: `${source}:lab`,
      name: 'sky-1-head',
      aliases,
      gpus: { count: 0 },
      priceKey: {
        provider: 'gcp',
        instanceType: 'n1-standard-8',
        region: 'us-central1',
        market: 'on-demand',
      },
    };
    const machine = only(identify([theirs, own]).nodes);
    // The cloud itself knows best what it charges for.
    expect(machine.id).toBe(own.id);
    expect(machine.priceKey?.instanceType).toBe('n1-standard-8+4xnvidia-tesla-t4');
  } finally {
    await place.close();
  }
});
