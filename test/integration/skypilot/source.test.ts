import { identify } from '@burnrate/shared/metering/identity.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { aws } from '@burnrate/shared/sources/aws/index.ts';
import { skypilot } from '@burnrate/shared/sources/skypilot/index.ts';
import type { Observable, Source, Surroundings } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { checkObservation } from '../../unit/sources/observation.ts';
import { installMoto, type Moto, startMoto } from '../aws/moto.ts';
import { installSkypilot, openSky, type Sky } from './sky.ts';

const missing =
  process.platform === 'win32'
    ? 'SkyPilot has no API server on Windows'
    : ((await installSkypilot()) ?? (await installMoto()));
if (missing) console.warn(`skipped: ${missing}`);

const signal = () => AbortSignal.timeout(60_000);
/** It is many processes, each of thousands of modules, on a machine that does other things, too. */
const PATIENCE_MS = 400_000;
const LIMIT_MS = 600_000;

describe.skipIf(missing)('the real SkyPilot, on an emulated AWS', { timeout: LIMIT_MS }, () => {
  let moto: Moto;
  let sky: Sky;

  beforeAll(async () => {
    moto = await startMoto();
    sky = await openSky({
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: 'AKIAADA',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    await sky.launch('cluster', 'train', '3');
    await sky.launch('cluster', 'cheap', '1', 'spot');
    await sky.launch('job', 'eval');
    await sky.launch('service', 'chat');
  });
  afterAll(async () => {
    try {
      await sky?.close();
    } finally {
      await moto?.close();
    }
  });

  const machine = (): Surroundings => ({
    ...thisMachine(),
    homedir: sky.home,
    env: sky.env,
    user: { name: 'ada', uid: 1000 },
  });

  async function open<Settings>(source: Source<Settings>, section?: unknown) {
    const settings = source.settings.parse(section);
    const [account] = (await source.discover(machine(), settings)).accounts;
    if (!account) throw new Error('no account was found');
    const connection = source.open(account, machine(), settings);
    const observe = async () => {
      const what = new Set<Observable>(['nodes', 'jobs']);
      const seen = await connection.observe({ what, wanted: [], signal: signal() });
      checkObservation(seen, source, account, what);
      const { nodes = [], jobs = [], partial } = seen;
      return { nodes, jobs, partial };
    };
    const see = (nativeId: string, state: Job['state']) =>
      until(
        `${nativeId} to be ${state}`,
        async () => {
          // On a busy machine its server may not answer in time.
          const seen = await observe().catch(() => undefined);
          const job = seen?.jobs.find((one) => one.nativeId === nativeId);
          return job?.state === state && job;
        },
        PATIENCE_MS,
      );
    return { account, connection, observe, see };
  }

  test('is read from its own file while no API server runs', async () => {
    const { observe, connection } = await open(skypilot);
    const { nodes, jobs } = await observe();
    expect(jobs.map(({ nativeId, mine }) => [nativeId, mine]).sort()).toEqual([
      ['cheap', true],
      ['serve/chat', true],
      ['train', true],
    ]);
    expect(nodes.map(({ priceKey }) => priceKey?.market).sort()).toEqual([
      'on-demand',
      'on-demand',
      'on-demand',
      'on-demand',
      'spot',
    ]);
    expect(new Set(nodes.map(({ priceKey }) => priceKey?.instanceType))).toEqual(
      new Set(['g5.xlarge']),
    );
    const checks = await connection.diagnose(signal());
    expect(checks[0]?.message).toContain("read from SkyPilot's file");
  });

  describe('by its API server', () => {
    beforeAll(async () => {
      await sky.start();
      // Its first answers take as long as its workers need to start.
      const { observe } = await open(skypilot);
      const answers = () =>
        observe().then(
          () => true,
          () => false,
        );
      await until('SkyPilot to answer in time', answers, PATIENCE_MS);
    }, LIMIT_MS);

    test('shows clusters, managed jobs and services, each of whose machines is one of AWS', async () => {
      const { observe } = await open(skypilot);
      const answer = async () => {
        const seen = await observe().catch(() => undefined);
        return seen?.partial ? undefined : seen;
      };
      const { nodes, jobs } = await until('SkyPilot to answer in time', answer, PATIENCE_MS);
      expect(jobs.map(({ nativeId, state, mine }) => [nativeId, state, mine]).sort()).toEqual([
        ['cheap', 'running', true],
        ['job/1', 'running', true],
        ['serve/chat', 'running', true],
        ['train', 'running', true],
      ]);
      expect(nodes).toHaveLength(6);
      const instances = (await (await open(aws, { regions: ['us-east-1'] })).observe()).nodes;
      expect(instances).toHaveLength(6);
      const fleet = identify([...nodes, ...instances]);
      expect(fleet.nodes.map(({ id }) => id)).toEqual(instances.map(({ id }) => id).sort());
      for (const job of jobs) {
        const held = job.shares.map(({ node }) => fleet.resolve(node)?.labels['ray-cluster-name']);
        expect(new Set(held).size).toBe(1);
        expect(held[0]?.startsWith(job.name)).toBe(true);
      }
    });

    test("prices them by SkyPilot's catalogue", async () => {
      const { connection } = await open(skypilot);
      const what = new Set<Observable>(['prices']);
      const { quotes = [] } = await connection.observe({ what, wanted: [], signal: signal() });
      const prices = new Map(quotes.map(({ key, rate }) => [key.market, rate.microsPerHour]));
      expect(prices.get('on-demand')).toBeCloseTo(1_006_000, -2);
      expect(prices.get('spot')).toBeCloseTo(400_000, -2);
    });

    test('terminates a spot cluster, as its plan says, and AWS agrees', async () => {
      const { connection, see } = await open(skypilot);
      const job = await see('cheap', 'running');
      const plan = await connection.planStop?.(job, signal());
      if (!plan) throw new Error('no plan');
      expect(plan).toMatchObject({ equivalent: 'sky down -y cheap', reversible: false });
      await connection.stop?.(job, plan, signal());
      expect((await see('cheap', 'ended')).endedAt).toBeGreaterThan(0);
      const { nodes } = await (await open(aws, { regions: ['us-east-1'] })).observe();
      const machines = nodes.filter(({ name }) => name.startsWith('sky-cheap-'));
      expect(machines.map(({ state }) => state)).toEqual(['ended']);
    });

    test('cancels a managed job, which is followed until SkyPilot says that it has ended', async () => {
      const { connection, see } = await open(skypilot);
      const job = await see('job/1', 'running');
      const plan = await connection.planStop?.(job, signal());
      if (!plan) throw new Error('no plan');
      await connection.stop?.(job, plan, signal());
      // There is no controller here to hear of it: what it would do is done by hand.
      await sky.launch('end-job', '1');
      expect(await see('job/1', 'ended')).toMatchObject({ shares: job.shares });
    });
  });
});
