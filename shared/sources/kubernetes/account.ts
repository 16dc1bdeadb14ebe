import { z } from 'zod';
import type { Account } from '../../model/account.ts';

/** What an account's options hold: enough to open it again, and no secret. */
export const Options = z.object({
  /** A context of the kubeconfig; absent for the service account of the pod that this runs in. */
  context: z.string().optional(),
  /** The API server's address, so that an account whose cluster has moved is opened anew. */
  server: z.string().optional(),
});
export type Options = z.infer<typeof Options>;

export function optionsOf(account: Account): Options {
  return Options.parse(account.options);
}

/** `kubectl --context NAME -n NAMESPACE`, for the commands that people are shown. */
export function kubectl({ context }: Options, namespace?: string): string {
  return [
    'kubectl',
    ...(context === undefined ? [] : ['--context', quoted(context)]),
    ...(namespace === undefined ? [] : ['-n', quoted(namespace)]),
  ].join(' ');
}

/** A word as a shell takes it for one. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
