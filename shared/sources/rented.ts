import { z } from 'zod';
import type { Job } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { Quote } from '../model/rate.ts';
import { DAY, type Instant } from '../model/time.ts';

/** The settings that every provider of rented machines with an API key has. */
export const rentedSettings = {
  keyVariables: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'Environment variables that hold API keys, one account each; absent means the usual places.',
    ),
  mine: z
    .array(z.string().min(1))
    .optional()
    .describe(
      "In an account that a team shares: what your machines' names begin with. Absent means that every machine of the account is yours.",
    ),
};

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An address that may be given a key: over TLS, or on this machine. */
export const serviceUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  // What is no address at all has been told already.
  if (!URL.canParse(text)) return true;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || LOOPBACK.has(hostname);
}, 'must be https: an API key is sent there');

/** What is needed to make nodes of a provider's machines. */
export interface NodeContext {
  account: string;
  mine: readonly string[] | undefined;
  now: Instant;
}

/** The label that shows why a machine counts as the user's, or does not. */
const MINE_BECAUSE = 'burnrate:mine-because';

/** Whose a machine is, by its name, and the label that says so. */
export function ownershipOf(
  name: string,
  source: string,
  prefixes: readonly string[] | undefined,
): { mine: boolean; labels: Record<string, string> } {
  const prefix = prefixes?.find((one) => name.startsWith(one));
  const mine = prefixes === undefined || prefix !== undefined;
  const because = !prefixes
    ? 'the API key is yours, and so is all of its account'
    : prefix
      ? `its name begins with ${prefix}`
      : `its name begins with none of sources.${source}.mine`;
  return { mine, labels: { [MINE_BECAUSE]: because } };
}

/** Names that only one of the machines has: an address that two share tells of neither. */
export function ownNames(all: readonly (readonly (string | null | undefined)[])[]): string[][] {
  const clean = all.map((names) => [
    ...new Set(names.flatMap((name) => name?.trim().toLowerCase() || [])),
  ]);
  const holders = Map.groupBy(clean.flat(), (name) => name);
  return clean.map((names) => names.filter((name) => holders.get(name)?.length === 1));
}

/**
 * The jobs that rented machines are, one each. One that has stopped, nobody knows when, is none:
 * its job ended when it was last seen running.
 */
export function machineJobs(nodes: readonly Node[], now: Instant): Job[] {
  return nodes.flatMap((node) => {
    const { id, source, account, name, owner, mine, launchedAt, endedAt, labels } = node;
    const state = STATES[node.state];
    if (state === 'ended' && (endedAt === undefined || endedAt < now - DAY)) return [];
    const nativeId = id.slice(account.length + 1);
    return {
      id,
      source,
      account,
      nativeId,
      name,
      ...(owner !== undefined && { owner }),
      mine,
      level: 'machine' as const,
      state,
      ...(launchedAt !== undefined && state !== 'pending' && { startedAt: launchedAt }),
      ...(state === 'ended' && endedAt !== undefined && { endedAt }),
      shares: [{ node: id }],
      labels,
    };
  });
}

const STATES = {
  starting: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'ended',
  ended: 'ended',
} as const satisfies Record<Node['state'], Job['state']>;

/** The machines' own prices, which came with them. */
export function quotesOf(nodes: readonly Node[]): Quote[] {
  return nodes.flatMap(({ id, priceKey, rate }) =>
    priceKey && rate ? [{ key: priceKey, nodeId: id, rate }] : [],
  );
}
