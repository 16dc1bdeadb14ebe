import type { Observable, Observation } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { lookingAt, patience } from '../open_account.ts';
import type { Handler } from '../service.ts';
import { google, googleOf, instance, PROJECT } from './cloud.ts';
import { openGcp, TOKEN } from './open.ts';

const PREFIX = `https://www.googleapis.com/compute/v1/projects/${PROJECT}`;
const LEFTOVERS: ReadonlySet<Observable> = new Set(['leftovers']);

const disk = (id: string, changes: Record<string, unknown> = {}) => ({
  id,
  name: `disk-${id}`,
  zone: `${PREFIX}/zones/us-central1-a`,
  type: `${PREFIX}/zones/us-central1-a/diskTypes/pd-balanced`,
  sizeGb: '500',
  ...changes,
});
const user = (name: string) => `${PREFIX}/zones/us-central1-a/instances/${name}`;

async function observe(handler: Handler) {
  let seen: Observation = { at: 0 };
  let line: { ok: boolean; message: string; remedy?: string } | undefined;
  await lookingAt(openGcp(handler), async (_, { connection }) => {
    seen = await connection.observe({ what: LEFTOVERS, wanted: [], signal: patience });
    line = (await connection.diagnose(patience)).find((one) => one.capability === 'leftovers');
  });
  return { ...seen, line };
}

test('disks that no running instance has, at the catalogue price of their type', async () => {
  const { leftovers, line } = await observe(
    googleOf({
      token: TOKEN,
      instances: [
        instance({ name: 'train' }),
        instance({
          id: '2',
          name: 'old',
          status: 'TERMINATED',
          lastStopTimestamp: '2026-01-02T10:00:00.000-08:00',
        }),
      ],
      disks: [
        disk('1', { users: [user('train')] }),
        disk('2', { users: [user('old')] }),
        disk('3', { lastDetachTimestamp: '2026-01-03T00:00:00.000Z', labels: { owner: 'ada' } }),
        disk('4', { zone: undefined, region: `${PREFIX}/regions/us-central1` }),
        disk('5', { type: `${PREFIX}/zones/us-central1-a/diskTypes/of-tomorrow` }),
      ],
      addresses: [
        {
          id: '1',
          name: 'free',
          address: '34.1.2.9',
          addressType: 'EXTERNAL',
          status: 'RESERVED',
          region: `${PREFIX}/regions/us-central1`,
        },
        {
          id: '2',
          name: 'used',
          address: '34.1.2.8',
          addressType: 'EXTERNAL',
          status: 'IN_USE',
          region: `${PREFIX}/regions/us-central1`,
        },
        {
          id: '3',
          name: 'inner',
          address: '10.0.0.9',
          addressType: 'INTERNAL',
          status: 'RESERVED',
          region: `${PREFIX}/regions/us-central1`,
        },
      ],
    }),
  );
  const rates = Object.fromEntries(
    (leftovers ?? []).map(({ name, rate }) => [name, rate?.microsPerHour]),
  );
  // $0.10 a GiB and month, which is 30 days in the catalogue: 500 x 0.1 / 720 an hour.
  expect(rates).toEqual({
    'disk-2': 69_444,
    'disk-3': 69_444,
    'disk-4': 138_889,
    'disk-5': undefined,
    'free (34.1.2.9)': 10_000,
  });
  const [old, detached, regional] = leftovers ?? [];
  expect(old).toMatchObject({
    id: 'gcp:ada-lab:disk/2',
    machine: 'old',
    since: Date.UTC(2026, 0, 2, 18),
    owner: 'ada',
    mine: true,
    remove:
      'gcloud compute instances detach-disk old --disk disk-2 --zone us-central1-a --project ada-lab && gcloud compute disks delete disk-2 --zone us-central1-a --project ada-lab',
  });
  expect(detached).toMatchObject({ since: Date.UTC(2026, 0, 3), sizeGb: 500, mine: true });
  expect(regional?.remove).toBe(
    'gcloud compute disks delete disk-4 --region us-central1 --project ada-lab',
  );
  expect(line).toMatchObject({ ok: true, message: '4 disks and 1 address that nothing uses' });
});

test('who may not list disks has no failure for it, and the doctor names what to grant', async () => {
  const whole = googleOf({ token: TOKEN, instances: [instance()] });
  const { leftovers, partial, line } = await observe((ask) =>
    ask.call.endsWith('/aggregated/disks')
      ? google(403, "Required 'compute.disks.list' permission for 'projects/ada-lab'")
      : whole(ask),
  );
  expect(leftovers).toBeUndefined();
  expect(partial).toBeUndefined();
  expect(line).toMatchObject({ ok: false });
  expect(line?.remedy).toContain('Allow compute.disks.list');
});
