import { azure } from '@burnrate/shared/sources/azure/index.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { patience } from '../open_account.ts';
import { startService } from '../service.ts';
import { azureOf } from './cloud.ts';
import { profileOf, signedIn, TOKEN, tokenOf } from './open.ts';
import { SUBSCRIPTION, TENANT, vm } from './resources.ts';

const OTHER = '11111111-2222-4333-8444-555555555555';

async function discovered(machine: Partial<Surroundings>, section?: Record<string, unknown>) {
  const { accounts, looked } = await azure.discover(
    bareMachine(machine),
    azure.settings.parse(section),
  );
  return {
    ids: accounts.map(({ id }) => id),
    origins: accounts.map(({ options }) => options.origin),
    accounts,
    looked: looked.join('\n'),
  };
}

const files = (text: string) => ({
  readFile: (path: string) =>
    Promise.resolve(path.endsWith('/azureProfile.json') ? text : undefined),
});
const principal = {
  AZURE_TENANT_ID: TENANT,
  AZURE_CLIENT_ID: 'client',
  AZURE_CLIENT_SECRET: 'canary-4711',
};

describe('finding Azure subscriptions', () => {
  test('each that az login has is an account, the default one first', async () => {
    const profile = profileOf(
      { name: 'Production', id: OTHER, isDefault: false },
      {},
      { name: 'Old', id: 'old', state: 'Disabled' },
      { name: 'N/A(tenant level account)', id: TENANT },
    );
    const found = await discovered(files(profile));
    expect(found.ids).toEqual(['azure:Research', 'azure:Production']);
    expect(found.accounts[0]?.options).toEqual({
      origin: 'cli',
      tenant: TENANT,
      subscription: SUBSCRIPTION,
      cloud: 'AzureCloud',
    });
  });

  test('two of one name are told apart by their ids', async () => {
    const found = await discovered(files(profileOf({}, { id: OTHER })));
    expect(found.ids).toEqual([`azure:${SUBSCRIPTION}`, `azure:${OTHER}`]);
  });

  test('burnrate.yaml may name some, by id or by name', async () => {
    const profile = profileOf({}, { name: 'Production', id: OTHER });
    const found = await discovered(files(profile), { subscriptions: [OTHER, 'Lost'] });
    expect(found.ids).toEqual(['azure:Production']);
    expect(found.looked).toContain(
      'subscription Lost: named in burnrate.yaml, but not signed in to',
    );
  });

  test('a service principal comes first in its tenant, and shows no secret', async () => {
    const found = await discovered({ env: principal, ...files(profileOf({})) });
    expect(found.ids).toEqual(['azure:environment']);
    expect(found.looked).toContain('left to AZURE_CLIENT_SECRET');
    expect(JSON.stringify(found)).not.toContain('canary-4711');
    const named = await discovered({ env: { ...principal, AZURE_SUBSCRIPTION_ID: OTHER } });
    expect(named.accounts[0]?.options).toMatchObject({
      origin: 'environment',
      subscription: OTHER,
    });
  });

  test('half a service principal is none, and says what is missing', async () => {
    const found = await discovered({ env: { AZURE_TENANT_ID: TENANT } });
    expect(found.ids).toEqual([]);
    expect(found.looked).toContain('not all are set');
  });

  test('a managed identity is used only where a variable says that there is one', async () => {
    expect((await discovered({})).looked).toContain('no variable hints at one');
    const found = await discovered({ env: { IDENTITY_ENDPOINT: 'http://127.0.0.1:1' } });
    expect(found.origins).toEqual(['identity']);
  });

  test.each([
    ['is not there', { readFile: () => Promise.resolve(undefined) }, 'not there'],
    ['is no JSON', files('{'), 'not as the Azure CLI writes it'],
    [
      'may not be read',
      { readFile: () => Promise.reject(Object.assign(new Error(), { code: 'EACCES' })) },
      'cannot be read (EACCES)',
    ],
  ])('a profile that %s is none, and says so', async (_, machine, words) => {
    const found = await discovered(machine);
    expect(found.ids).toEqual([]);
    expect(found.looked).toContain(words);
  });
});

describe('signing in to Azure', () => {
  test('subscriptions of one sign-in share its token and one query, each with what is its own', async () => {
    const resources = [vm('a', 'x'), { ...vm('b', 'x'), subscriptionId: OTHER }];
    const service = await startService(azureOf(TOKEN, { resources }));
    let runs = 0;
    const machine = signedIn();
    const surroundings = {
      ...machine,
      ...files(profileOf({}, { name: 'Production', id: OTHER })),
      run: (...asked: Parameters<Surroundings['run']>) => {
        runs += 1;
        return machine.run(...asked);
      },
    };
    const settings = azure.settings.parse({ url: service.url, pricesUrl: service.url });
    const { accounts } = await azure.discover(surroundings, settings);
    const open = accounts.map((account) => azure.open(account, surroundings, settings));
    try {
      const seen = await Promise.all(
        open.map((one) => one.observe({ what: new Set(['nodes']), wanted: [], signal: patience })),
      );
      expect(seen.map(({ nodes }) => nodes?.map(({ name }) => name))).toEqual([['a'], ['b']]);
      const queries = service.asked.filter(({ call }) => call.includes('ResourceGraph'));
      expect(
        queries.map(({ body }) => (body as { subscriptions: string[] }).subscriptions),
      ).toEqual([[SUBSCRIPTION, OTHER]]);
      expect(runs).toBe(1);
    } finally {
      await Promise.all(open.map((one) => one.close?.()));
      await service.close();
    }
  });

  test.each<[string, Surroundings['run'], string, RegExp]>([
    [
      'has to be done again',
      async () => ({
        code: 1,
        stdout: '',
        stderr:
          'ERROR: AADSTS700082: The refresh token has expired\nTo re-authenticate, please run: az login',
      }),
      'denied',
      /^Sign in again: az login --tenant/,
    ],
    [
      'is not possible without az',
      () => Promise.reject(Object.assign(new Error(), { code: 'ENOENT' })),
      'not-configured',
      /Install the Azure CLI/,
    ],
    ['takes too long', async () => ({ code: -1, stdout: '', stderr: '' }), 'unreachable', /VPN/],
    [
      'prints no token',
      async () => ({ code: 0, stdout: TOKEN, stderr: '' }),
      'malformed',
      /az login/,
    ],
  ])('that %s says so', async (_, run, kind, remedy) => {
    const surroundings = signedIn(tokenOf({}), { run });
    const settings = azure.settings.parse({ url: 'http://127.0.0.1:9' });
    const [account] = (await azure.discover(surroundings, settings)).accounts;
    if (!account) throw new Error('there is one');
    const connection = azure.open(account, surroundings, settings);
    const what = new Set(['nodes'] as const);
    const error = await connection.observe({ what, wanted: [], signal: patience }).catch((e) => e);
    expect(error).toMatchObject({ kind, remedy: expect.stringMatching(remedy) });
    expect(error.message).not.toContain(TOKEN);
  });
});
