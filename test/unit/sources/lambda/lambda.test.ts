import { lambda } from '@burnrate/shared/sources/lambda/index.ts';
import { describe, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { hastyClock } from '../hasty.ts';
import { look, lookingAt, only, patience, planOf, stopOf } from '../open_account.ts';
import { type CloudInstance, cloudOf, instance } from './cloud.ts';
import { KEY, openLambda } from './open.ts';

function withCloud(
  instances: CloudInstance[],
  task: Parameters<typeof lookingAt>[1],
  section: Record<string, unknown> = {},
): Promise<void> {
  return lookingAt(openLambda(cloudOf(KEY, instances), section), task);
}

describe('a Lambda instance', () => {
  test('is a node with its own price, billed by the minute, known by its id and addresses', () =>
    withCloud([instance()], async (seen, { service }) => {
      expect(only(seen.nodes)).toMatchObject({
        id: 'lambda:default:0920582c7ff041399e34823a0be62549',
        name: 'My Instance',
        aliases: ['0920582c7ff041399e34823a0be62549', '198.51.100.2', '10.0.2.100', 'headnode1'],
        gpus: { count: 8, model: 'H100 (80 GB SXM5)' },
        cores: 208,
        state: 'running',
        billing: { incrementMs: 60_000, minimumMs: 60_000 },
        mine: true,
        rate: { microsPerHour: 35_920_000, provenance: 'quoted' },
        labels: { team: 'vision', region: 'us-west-1', filesystems: 'my-filesystem' },
      });
      expect(only(seen.quotes)).toMatchObject({
        nodeId: only(seen.nodes).id,
        key: { provider: 'lambda', instanceType: 'gpu_8x_h100_sxm5gdr', region: 'us-west-1' },
        rate: { microsPerHour: 35_920_000 },
      });
      expect(service.asked.map(({ call }) => call)).toEqual(['GET /api/v1/instances']);
    }));

  test('is a job at the level of the machine', () =>
    withCloud([instance()], async (seen) => {
      expect(only(seen.jobs)).toMatchObject({
        name: 'My Instance',
        level: 'machine',
        state: 'running',
        shares: [{ node: only(seen.nodes).id }],
      });
    }));

  test.each([
    ['booting', 'starting', 'pending'],
    ['active', 'running', 'running'],
    ['unhealthy', 'running', 'running'],
    ['terminating', 'stopping', 'stopping'],
    ['of a kind unheard of', 'running', 'running'],
  ])('that is %s is a node that is %s', (status, state, jobState) =>
    withCloud([instance({ status })], async (seen) => {
      expect(only(seen.nodes).state).toBe(state);
      expect(only(seen.jobs).state).toBe(jobState);
    }),
  );

  test.each(['terminated', 'preempted'])('that is %s is no job any more', (status) =>
    withCloud([instance({ status })], async (seen) => {
      expect(only(seen.nodes).state).toBe('ended');
      expect(seen.jobs).toEqual([]);
    }),
  );

  test('shares no name with another: an address that two have is neither one’s', () =>
    withCloud([instance(), instance({ id: 'b1', ip: '198.51.100.9' })], async (seen) => {
      expect(seen.nodes?.map(({ aliases }) => aliases)).toEqual([
        ['0920582c7ff041399e34823a0be62549', '198.51.100.2'],
        ['b1', '198.51.100.9'],
      ]);
    }));
});

describe('stopping a Lambda instance', () => {
  test('says that it terminates, what is lost for good and what goes on costing', () =>
    withCloud([instance()], async (seen, place) => {
      const plan = await planOf(place, only(seen.jobs));
      expect(plan.action).toBe(
        'Terminate instance My Instance (0920582c7ff041399e34823a0be62549, gpu_8x_h100_sxm5gdr in us-west-1, Lambda Cloud)',
      );
      expect(plan.loses).toEqual([expect.stringContaining('24,780 GiB')]);
      expect(plan.keeps).toEqual([expect.stringContaining('Filesystem my-filesystem')]);
      expect(plan.reversible).toBe(false);
      expect(plan.equivalent).toContain('$LAMBDA_API_KEY');
    }));

  test('terminates it and nothing else, and shows it as stopping', () =>
    withCloud([instance(), instance({ id: 'b1', name: 'other' })], async (seen, place) => {
      const job = seen.jobs?.find(({ nativeId }) => nativeId === 'b1');
      if (!job) throw new Error('no job');
      await stopOf(place, job);
      expect(place.service.asked.at(-1)).toMatchObject({
        call: 'POST /api/v1/instance-operations/terminate',
        body: { instance_ids: ['b1'] },
      });
      const after = await look(place);
      expect(after.jobs?.map(({ state }) => state)).toEqual(['running', 'stopping']);
      await stopOf(place, job);
      expect(place.service.asked.filter(({ call }) => call.startsWith('POST'))).toHaveLength(1);
    }));

  test('is refused where Lambda says that it cannot be terminated now', () =>
    withCloud(
      [
        instance({
          actions: { terminate: { available: false, reason_description: 'still booting' } },
        }),
      ],
      async (seen, place) => {
        await expect(planOf(place, only(seen.jobs))).rejects.toThrow(/still booting/);
      },
    ));

  test('is refused where it would lose more than was agreed to', () => {
    const instances = [instance()];
    return withCloud(instances, async (seen, place) => {
      const job = only(seen.jobs);
      const plan = { ...(await planOf(place, job)), loses: [] };
      await expect(place.connection.stop?.(job, plan, patience)).rejects.toThrow(/have changed/);
      expect(instances[0]?.status).toBe('active');
    });
  });

  test('is refused for what is not mine, by its name', () =>
    withCloud(
      [instance({ name: 'bob-train' })],
      async (seen, place) => {
        const job = only(seen.jobs);
        expect(job.mine).toBe(false);
        expect(job.labels['burnrate:mine-because']).toContain('sources.lambda.mine');
        await expect(planOf(place, { ...job, mine: true })).rejects.toThrow(/not yours/);
      },
      { mine: ['ada-'] },
    ));
});

describe('finding a Lambda account', () => {
  const file = (text: string) => (path: string) =>
    Promise.resolve(path.endsWith('.lambda_cloud/lambda_keys') ? text : undefined);
  const settings = lambda.settings.parse(undefined);

  test('takes the key of the environment before that of the file, and says so', async () => {
    const machine = bareMachine({
      env: { LAMBDA_CLOUD_API_KEY: KEY },
      readFile: file(`api_key = other\n`),
    });
    const { accounts, looked } = await lambda.discover(machine, settings);
    expect(accounts.map(({ foundIn }) => foundIn)).toEqual([
      'LAMBDA_CLOUD_API_KEY in the environment',
    ]);
    expect(looked.join('\n')).toMatch(/lambda_keys: there, but LAMBDA_CLOUD_API_KEY/);
    expect(JSON.stringify({ accounts, looked })).not.toContain(KEY);
  });

  test('reads the key from the file anew for each request', async () => {
    const instances = [instance()];
    const place = await openLambda(cloudOf(KEY, instances));
    try {
      let text = 'api_key = stale\n';
      const readFile = (path: string) => file(text)(path);
      const machine = bareMachine({ readFile, clock: hastyClock });
      const { accounts } = await lambda.discover(machine, settings);
      const url = `${place.service.url}/api/v1`;
      const connection = lambda.open(only(accounts), machine, lambda.settings.parse({ url }));
      const read = () => look({ ...place, connection });
      await expect(read()).rejects.toThrow(/refuses the API key/);
      text = `api_key = ${KEY}\n`;
      expect((await read()).nodes).toHaveLength(1);
      await connection.close?.();
    } finally {
      await place.close();
    }
  });

  test('opens one account for each variable that burnrate.yaml names', async () => {
    const machine = bareMachine({ env: { TEAM_KEY: 'a', OWN_KEY: 'b' } });
    const named = lambda.settings.parse({ keyVariables: ['TEAM_KEY', 'OWN_KEY', 'NO_KEY'] });
    const { accounts, looked } = await lambda.discover(machine, named);
    expect(accounts.map(({ id }) => id)).toEqual(['lambda:team_key', 'lambda:own_key']);
    expect(looked).toContain('NO_KEY, named in burnrate.yaml: not set');
  });

  test('sends a key nowhere but over TLS', () => {
    expect(lambda.settings.safeParse({ url: 'http://cloud.lambda.ai/api/v1' }).success).toBe(false);
    expect(lambda.settings.safeParse({ url: 'http://127.0.0.1.evil.com/' }).success).toBe(false);
  });
});
