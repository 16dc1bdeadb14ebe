import { z } from 'zod';
import type { Account } from '../../model/account.ts';

/** What an account's options hold: enough to open it again, and no secret. */
export const Options = z.object({
  /** Who signs in: `az login`, a service principal in the environment, or this machine itself. */
  origin: z.enum(['cli', 'environment', 'identity']),
  tenant: z.string().optional(),
  /** Absent: every subscription that the sign-in may see. */
  subscription: z.string().optional(),
  cloud: z.enum(['AzureCloud', 'AzureChinaCloud', 'AzureUSGovernment']).default('AzureCloud'),
});
export type Options = z.infer<typeof Options>;

/** The clouds that the Azure CLI knows: `az cloud list`. */
export const CLOUDS = {
  AzureCloud: {
    manager: 'https://management.azure.com',
    authority: 'https://login.microsoftonline.com',
  },
  AzureChinaCloud: {
    manager: 'https://management.chinacloudapi.cn',
    authority: 'https://login.chinacloudapi.cn',
  },
  AzureUSGovernment: {
    manager: 'https://management.usgovcloudapi.net',
    authority: 'https://login.microsoftonline.us',
  },
} as const satisfies Record<Options['cloud'], { manager: string; authority: string }>;

export function optionsOf(account: Account): Options {
  return Options.parse(account.options);
}

/** What to do to sign in again. */
export function signIn({ origin, tenant, cloud }: Options): string {
  switch (origin) {
    case 'cli': {
      const elsewhere = cloud === 'AzureCloud' ? '' : `az cloud set --name ${cloud} && `;
      return `Sign in again: ${elsewhere}az login${tenant ? ` --tenant ${tenant}` : ''}`;
    }
    case 'environment':
      return 'The service principal in AZURE_TENANT_ID and AZURE_CLIENT_ID needs a secret, certificate or federated token that is still good (az ad sp credential reset makes one): set it and restart Burnrate.';
    case 'identity':
      return 'Check the managed identity that this machine has, and AZURE_CLIENT_ID where it has several.';
  }
}

/** The parts of a resource's id: `/subscriptions/S/resourceGroups/G/providers/NS/TYPE/NAME...`. */
export function partsOf(id: string): {
  subscription: string;
  group: string;
  name: string;
  parent: string;
} {
  const parts = id.split('/');
  const after = (word: string) =>
    parts[parts.findIndex((part) => part.toLowerCase() === word) + 1] ?? '';
  return {
    subscription: after('subscriptions'),
    group: after('resourcegroups'),
    name: parts.at(-1) ?? '',
    /** Of a resource within another: that one's name. */
    parent: parts.at(-3) ?? '',
  };
}
