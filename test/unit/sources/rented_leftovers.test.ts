import type { Leftover } from '@burnrate/shared/model/leftover.ts';
import type { Observable } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import * as lambda from './lambda/cloud.ts';
import { KEY as LAMBDA_KEY, openLambda } from './lambda/open.ts';
import { digitaloceanOf, droplet, hyperstackOf } from './neoclouds/clouds.ts';
import { KEY, NEOCLOUDS, openNeocloud } from './neoclouds/open.ts';
import { lookingAt, type OpenAccount, patience } from './open_account.ts';
import * as runpod from './runpod/cloud.ts';
import { openRunPod, KEY as RUNPOD_KEY } from './runpod/open.ts';
import * as vast from './vast/cloud.ts';
import { openVast, KEY as VAST_KEY } from './vast/open.ts';

const LEFTOVERS: ReadonlySet<Observable> = new Set(['leftovers']);

/** What an account tells of leftovers, and what the doctor says of them. */
async function told(opening: Promise<OpenAccount>) {
  let leftovers: Leftover[] | undefined;
  let line: string | undefined;
  await lookingAt(opening, async (_, { connection }) => {
    const seen = await connection.observe({ what: LEFTOVERS, wanted: [], signal: patience });
    leftovers = seen.leftovers;
    const checks = await connection.diagnose(patience);
    line = checks.find(({ capability }) => capability === 'leftovers')?.message;
  });
  return { leftovers, line };
}

test('Lambda: file systems that no instance has, by what is on them', async () => {
  // The documentation's own example: https://docs.lambda.ai/api/cloud#listFilesystems
  const filesystem = (id: string, changes: Record<string, unknown>) => ({
    id,
    name: `fs-${id}`,
    mount_point: `/lambda/nfs/fs-${id}`,
    created: '2023-02-24T20:48:56+00:00',
    created_by: { id: 'u', email: 'ada@example.com', status: 'active' },
    is_in_use: false,
    region: { name: 'us-west-1', description: 'California, USA' },
    bytes_used: 500 * 2 ** 30,
    ...changes,
  });
  const { leftovers, line } = await told(
    openLambda(
      lambda.cloudOf(
        LAMBDA_KEY,
        [],
        [
          filesystem('a', {}),
          filesystem('b', { is_in_use: true }),
          filesystem('c', { bytes_used: null }),
        ],
      ),
    ),
  );
  expect(leftovers).toMatchObject([
    {
      id: 'lambda:default:filesystem/a',
      kind: 'filesystem',
      sizeGb: 500,
      region: 'us-west-1',
      mine: true,
      // 500 GiB at $0.20 a month, of 730 hours.
      rate: { microsPerHour: 136_986, provenance: 'list' },
      remove: expect.stringMatching(/^curl -X DELETE .*\/filesystems\/a /),
    },
    { id: 'lambda:default:filesystem/c' },
  ]);
  // What is on it is not told: its price is unknown, not nothing.
  expect(leftovers?.[1]?.rate).toBeUndefined();
  expect(line).toBe('2 file systems that nothing uses');
});

test('RunPod: network volumes that neither pod nor endpoint has, and stopped pods’ disks', async () => {
  const volume = (id: string, size: number) => ({ id, name: id, size, dataCenterId: 'EU-RO-1' });
  const pods = [
    runpod.pod({ networkVolume: { id: 'held', name: 'held', size: 10 } }),
    runpod.pod({
      id: 'stopped',
      name: 'idle',
      desiredStatus: 'EXITED',
      lastStatusChange: 'Exited by user: Sat Jul 13 2024 00:00:00 GMT+0000',
      volumeInGb: 100,
    }),
  ];
  const { leftovers } = await told(
    openRunPod(
      runpod.runpodOf(
        RUNPOD_KEY,
        pods,
        {},
        {
          volumes: [
            volume('free', 100),
            volume('large', 2000),
            volume('held', 10),
            volume('served', 10),
          ],
          endpoints: [{ id: 'e', networkVolumeId: 'served' }],
        },
      ),
    ),
  );
  expect(leftovers?.map(({ id, rate }) => [id, rate?.microsPerHour])).toEqual([
    // 100 GB at $0.07; 1,000 of 2,000 GB at $0.05; 100 GB of a stopped pod at $0.20.
    ['runpod:default:volume/free', 9_589],
    ['runpod:default:volume/large', 164_384],
    ['runpod:default:disk/stopped', 27_397],
  ]);
  expect(leftovers?.[2]).toMatchObject({
    machine: 'idle',
    since: Date.UTC(2024, 6, 13),
    remove: expect.stringContaining('/pods/stopped'),
  });
});

test('Vast.ai: the disks of stopped instances, at their own price', async () => {
  const stopped = { actual_status: 'stopped', cur_state: 'stopped', label: 'idle' };
  const instances = [
    vast.instance({ id: 1, ...stopped, disk_space: 500, storage_total_cost: 0.1027 }),
    vast.instance({ id: 2 }),
  ];
  const { leftovers, line } = await told(openVast(vast.vastOf(VAST_KEY, instances)));
  expect(leftovers).toMatchObject([
    {
      id: 'vast:default:disk/1',
      machine: 'idle',
      sizeGb: 500,
      rate: { microsPerHour: 102_700, provenance: 'quoted' },
      remove: 'vastai destroy instance 1',
    },
  ]);
  expect(leftovers).toHaveLength(1);
  expect(line).toBe('1 disk that nothing uses');
});

test('DigitalOcean: volumes and reserved addresses that no Droplet has', async () => {
  const volume = (id: string, droplet_ids: number[]) => ({
    id,
    name: `volume-${id}`,
    size_gigabytes: 500,
    droplet_ids,
    region: { slug: 'tor1' },
  });
  const { leftovers, line } = await told(
    openNeocloud(
      NEOCLOUDS.digitalocean,
      digitaloceanOf(KEY, [droplet()], {
        volumes: [volume('a', []), volume('b', [3164444])],
        addresses: [
          { ip: '45.55.96.47', droplet: null, region: { slug: 'tor1' } },
          { ip: '45.55.96.48', droplet: { id: 3164444 }, region: { slug: 'tor1' } },
        ],
      }),
    ),
  );
  expect(leftovers?.map(({ name, rate, remove }) => [name, rate?.microsPerHour, remove])).toEqual([
    ['volume-a', 68_493, 'doctl compute volume delete a --force'],
    ['45.55.96.47', 6_849, 'doctl compute reserved-ip delete 45.55.96.47 --force'],
  ]);
  expect(line).toBe('1 disk and 1 address that nothing uses');
});

test('Hyperstack: volumes that no machine has, at the account’s own price of their kind', async () => {
  const volume = (id: number, changes: Record<string, unknown> = {}) => ({
    id,
    name: `data-${id}`,
    size: 1000,
    status: 'available',
    volume_type: 'Cloud-SSD',
    attachments: [],
    environment: { name: 'default-CANADA-1' },
    ...changes,
  });
  const { leftovers } = await told(
    openNeocloud(
      NEOCLOUDS.hyperstack,
      hyperstackOf(
        KEY,
        [],
        [
          volume(1),
          volume(2, { status: 'in-use', attachments: [{ instance_id: 1 }] }),
          volume(3, { volume_type: 'of-tomorrow' }),
        ],
      ),
    ),
  );
  expect(leftovers?.map(({ name, rate }) => [name, rate?.microsPerHour])).toEqual([
    ['data-1', 96_774],
    ['data-3', undefined],
  ]);
  expect(leftovers?.[0]?.rate?.provenance).toBe('quoted');
});
