import { z } from 'zod';
import type { Account } from '../../model/account.ts';

/**
 * Where credentials come from: a file of Application Default Credentials, a file that holds an
 * access token, gcloud's own login, or the metadata server of the machine that this is.
 */
export const Origin = z.enum(['file', 'token-file', 'gcloud', 'metadata']);
export type Origin = z.infer<typeof Origin>;

/** What an account's options hold: enough to open it again, and no secret. */
export const Options = z.object({
  project: z.string().min(1),
  origin: Origin,
  /** The file, where it is one. */
  file: z.string().optional(),
  /** The project that is charged for the requests themselves, where the credentials name one. */
  quotaProject: z.string().optional(),
  /** Where gcloud works by default: Vertex AI jobs are looked for there, too. */
  region: z.string().optional(),
});
export type Options = z.infer<typeof Options>;

export function optionsOf(account: Account): Options {
  return Options.parse(account.options);
}

/** How to sign in again, by where the credentials are. */
export function loginRemedy({ origin, file }: Options): string {
  switch (origin) {
    case 'file':
      return `Sign in again: gcloud auth application-default login; or put a good key into ${file}.`;
    case 'token-file':
      return `Put a fresh token into ${file}: gcloud auth print-access-token > ${file}`;
    case 'gcloud':
      return 'Sign in again: gcloud auth login';
    case 'metadata':
      return 'Check the service account and the access scopes of this machine: gcloud compute instances describe NAME';
  }
}
