import { join } from 'node:path';
import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import type { Discovery, Surroundings } from '../source.ts';
import { Options } from './account.ts';
import type { Settings } from './settings.ts';

/**
 * What `az login` leaves behind, as far as it is used here. The tokens are in other files.
 * https://github.com/Azure/azure-cli/blob/dev/src/azure-cli-core/azure/cli/core/_profile.py
 */
const Profile = z.object({
  subscriptions: z.array(
    z.object({
      id: z.string().min(1),
      name: z.string(),
      state: z.string().nullish(),
      isDefault: z.boolean().nullish(),
      tenantId: z.string(),
      environmentName: Options.shape.cloud.catch('AzureCloud'),
    }),
  ),
});
type Subscription = z.infer<typeof Profile>['subscriptions'][number];

/**
 * Finds accounts where Azure's own chain of credentials looks: a service principal in the
 * environment, the identity of a workload or machine where a variable says that there is one, and
 * `az login`. Each subscription is an account; asks nothing of Azure. The metadata service is never
 * probed on a guess: off Azure that only waits for a time-out.
 * https://learn.microsoft.com/azure/developer/javascript/sdk/authentication/credential-chains
 */
export async function discover(surroundings: Surroundings, settings: Settings): Promise<Discovery> {
  const { env } = surroundings;
  const looked: string[] = [];
  const wanted = settings.subscriptions;
  const found = elsewhere(env, looked).flatMap((place) => {
    const subscriptions = wanted ?? [env.AZURE_SUBSCRIPTION_ID].filter((id) => id !== undefined);
    if (subscriptions.length === 0) return [accountOf('environment', place.foundIn, place.options)];
    return subscriptions.map((subscription) =>
      accountOf(subscription, place.foundIn, { ...place.options, subscription }),
    );
  });
  const signedIn = await subscriptionsOf(surroundings, looked);
  for (const { id, name, tenantId, environmentName } of signedIn) {
    if (wanted && !wanted.some((one) => one === name || one.toLowerCase() === id.toLowerCase()))
      continue;
    const same = found.find(
      ({ options }) => options.subscription === id || options.tenant === tenantId,
    );
    if (same && same.options.origin !== 'cli') {
      looked.push(`subscription ${name}: left to ${same.foundIn}, which comes first in its tenant`);
      continue;
    }
    const shown = signedIn.filter((other) => other.name === name).length > 1 ? id : name;
    found.push(
      accountOf(shown, `az login, subscription ${name}`, {
        origin: 'cli',
        tenant: tenantId,
        subscription: id,
        cloud: environmentName,
      }),
    );
  }
  for (const one of wanted ?? [])
    if (!found.some(({ name, options }) => one === name || one === options.subscription))
      looked.push(`subscription ${one}: named in burnrate.yaml, but not signed in to: az login`);
  return { accounts: found, looked };
}

function accountOf(name: string, foundIn: string, options: Options): Account {
  return { id: `azure:${name}`, source: 'azure', name, foundIn, options };
}

/** Sign-ins by variables, of which Azure's chain uses the first. */
function elsewhere(
  env: Surroundings['env'],
  looked: string[],
): { foundIn: string; options: Options }[] {
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client } = env;
  const cloud = 'AzureCloud';
  const proof = [
    'AZURE_CLIENT_SECRET',
    'AZURE_CLIENT_CERTIFICATE_PATH',
    'AZURE_FEDERATED_TOKEN_FILE',
  ].find((variable) => env[variable]);
  if (tenant && client && proof)
    return [
      { foundIn: `${proof} in the environment`, options: { origin: 'environment', tenant, cloud } },
    ];
  looked.push(
    tenant || client || proof
      ? 'environment: a service principal needs AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH, or AZURE_FEDERATED_TOKEN_FILE); not all are set'
      : 'AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET: not set',
  );
  const hint = ['IDENTITY_ENDPOINT', 'MSI_ENDPOINT', 'AZURE_POD_IDENTITY_AUTHORITY_HOST'].find(
    (variable) => env[variable],
  );
  if (hint)
    return [{ foundIn: `managed identity, by ${hint}`, options: { origin: 'identity', cloud } }];
  looked.push(
    'managed identity: no variable hints at one (on an Azure VM that has one, set AZURE_POD_IDENTITY_AUTHORITY_HOST=http://169.254.169.254)',
  );
  return [];
}

async function subscriptionsOf(
  { env, homedir, readFile }: Surroundings,
  looked: string[],
): Promise<Subscription[]> {
  const path = join(env.AZURE_CONFIG_DIR || join(homedir, '.azure'), 'azureProfile.json');
  const note = (what: string) => looked.push(`${path}: ${what}`);
  try {
    const text = await readFile(path);
    if (text === undefined) {
      note('not there (az login makes it)');
      return [];
    }
    // The Azure CLI writes it with a byte order mark.
    const { subscriptions } = Profile.parse(JSON.parse(text.replace(/^\ufeff/, '')));
    const usable = subscriptions.filter(
      // A tenant without subscriptions is kept as one that has the tenant's id.
      ({ id, tenantId, state }) => id !== tenantId && (state ?? 'Enabled') === 'Enabled',
    );
    const { length } = usable;
    const found = `${length} ${length === 1 ? 'subscription' : 'subscriptions'}`;
    note(length > 0 ? found : 'no subscription in it: az login');
    return usable.sort((a, b) => Number(b.isDefault ?? false) - Number(a.isDefault ?? false));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    note(
      code ? `cannot be read (${code})` : 'not as the Azure CLI writes it: az login makes it anew',
    );
    return [];
  }
}
