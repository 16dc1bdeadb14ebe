import { z } from 'zod';
import type { Account } from '../../model/account.ts';

/** Where an account's credentials come from, each a link of the SDK's default chain. */
export const Origin = z.enum(['profile', 'environment', 'role']);
export type Origin = z.infer<typeof Origin>;

/** What an account's options hold: enough to open it again, and no secret. */
export const Options = z.object({
  origin: Origin,
  profile: z.string().optional(),
  region: z.string().optional(),
  /** The twelve digits, where they were known without a question. */
  accountNumber: z.string().optional(),
  /** Whether `aws sso login` renews the credentials. */
  sso: z.boolean().optional(),
});
export type Options = z.infer<typeof Options>;

/** Where calls that belong to no region go, unless the profile says otherwise. */
export const DEFAULT_REGION = 'us-east-1';

export function optionsOf(account: Account): Options {
  return Options.parse(account.options);
}

/** ` --profile NAME`, for the commands that people are shown. */
export function profileFlag(options: Options): string {
  return options.profile && options.profile !== 'default' ? ` --profile ${options.profile}` : '';
}
