import { z } from 'zod';
import { counted } from '../../model/count.ts';
import type { Leftover } from '../../model/leftover.ts';
import { isBilled } from '../../model/node.ts';
import { matcherOf } from '../../model/pattern.ts';
import type { Instant } from '../../model/time.ts';
import { check } from '../check.ts';
import { leftoversFound } from '../leftovers.ts';
import { type Check, SourceError } from '../source.ts';
import { optionsOf } from './account.ts';
import { listSubscriptions } from './graph.ts';
import type { Inventory } from './inventory.ts';
import { IN_VAIN } from './nodes.ts';
import type { Prices } from './prices.ts';
import { allowing, type Manager, unlessGone } from './resource_manager.ts';
import { readUtilization } from './telemetry.ts';

/** Tries what each capability needs. What may be stopped is asked of Azure, not tried. */
export async function diagnose(
  {
    manager,
    inventory,
    prices,
    leftovers,
    now,
  }: {
    manager: Manager;
    inventory: Inventory;
    prices: Prices;
    leftovers: (signal: AbortSignal) => Promise<Leftover[]>;
    now: Instant;
  },
  signal: AbortSignal,
): Promise<Check[]> {
  const { name } = manager.account;
  const { subscription } = optionsOf(manager.account);
  const scopes = subscription
    ? [subscription]
    : await listSubscriptions(manager, signal).catch(() => []);
  const connect = await check('connect', name, async () => {
    const caller = await inventory.caller();
    const [first] = scopes;
    if (!first) await listSubscriptions(manager, signal);
    else
      await manager.get(
        `/subscriptions/${first}?api-version=2022-12-01`,
        z.object({ id: z.string() }),
        signal,
      );
    return `signed in${caller ? ` as ${caller.name}` : ''}, ${counted(scopes.length, 'subscription')}`;
  });
  if (!connect.ok) return [connect];
  const looking = inventory.refresh(signal);
  looking.catch(() => undefined);
  return [
    connect,
    await check('nodes', name, async () => {
      const { nodes, failures } = await looking;
      const [failed] = failures;
      if (failed) throw failed;
      const gpus = nodes.reduce((sum, node) => sum + node.gpus.count, 0);
      const off = nodes.filter(({ labels }) => labels[IN_VAIN]).length;
      const warning = off > 0 ? `; ${off} stopped but not deallocated, so charged for` : '';
      return `${counted(nodes.length, 'machine')} with ${counted(gpus, 'GPU')}${warning}`;
    }),
    await check('jobs', name, async () => {
      const { jobs } = await looking;
      const mine = jobs.filter((job) => job.mine).length;
      return `${counted(jobs.length, 'job')}, ${mine} of them yours`;
    }),
    await check('telemetry', name, async () => {
      const { nodes } = await looking;
      const read = await readUtilization(manager, nodes, now, signal);
      return `${counted(read.length, 'reading')} of GPUs, of Azure ML's clusters and of what is stopped; Azure Monitor has none of other machines' GPUs: run an exporter there`;
    }),
    await check('prices', name, async () => {
      const { nodes } = await looking;
      const keys = nodes.filter(isBilled).flatMap(({ priceKey }) => priceKey ?? []);
      // An answer that is none for this size is an answer all the same.
      const probe = {
        provider: 'azure',
        instanceType: 'Standard_D2s_v5',
        region: 'eastus',
        market: 'on-demand',
      } as const;
      const { quotes, failures } = await prices.read([...keys, probe], signal);
      const [failed] = failures;
      if (failed) throw failed;
      return `the Retail Prices API answers: ${counted(quotes.length, 'price')} of machines`;
    }),
    await check('leftovers', name, async () => leftoversFound(await leftovers(signal))),
    await check('stop', name, async () => {
      const [scope] = scopes;
      const missing = scope ? await unlessGone(missingActions(manager, scope, signal)) : [];
      if (!missing) return 'not tried: Azure does not say what you may do';
      if (missing.length === 0)
        return 'may deallocate machines, stop compute instances and cancel Azure ML jobs';
      throw new SourceError('denied', {
        account: manager.account.id,
        message: `may not do ${missing.join(', ')}`,
        remedy: allowing(missing[0] ?? '', scope),
      });
    }),
  ];
}

const STOPS = [
  'Microsoft.Compute/virtualMachines/deallocate/action',
  'Microsoft.MachineLearningServices/workspaces/computes/stop/action',
  'Microsoft.MachineLearningServices/workspaces/jobs/cancel/action',
];

/** https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group */
const Permission = z.object({
  actions: z.array(z.string()).nullish(),
  notActions: z.array(z.string()).nullish(),
});

async function missingActions(manager: Manager, scope: string, signal: AbortSignal) {
  const path = `/subscriptions/${scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`;
  const roles = await manager.list(path, Permission, signal);
  return STOPS.filter(
    (action) =>
      !roles.some(
        ({ actions, notActions }) =>
          (actions ?? []).some((pattern) => covers(pattern, action)) &&
          !(notActions ?? []).some((pattern) => covers(pattern, action)),
      ),
  );
}

/** Whether an action is meant by one with wildcards: `Microsoft.Compute/*`. */
export function covers(pattern: string, action: string): boolean {
  return matcherOf(pattern.toLowerCase())(action.toLowerCase());
}
