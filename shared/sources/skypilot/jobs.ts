import type { Job } from '../../model/job.ts';
import { isController, type Launched } from './launched.ts';
import { type Me, ownershipOf } from './me.ts';
import { type Owned, sharesOf, unrecognised } from './nodes.ts';

/** Whose the launched machines are, as nodes and jobs say it. */
export function ownedBy(launched: Launched, account: string, me: Me): Owned {
  const { owner, mine, labels } = ownershipOf(launched, me);
  return { account, owner, mine, labels: { ...launched.labels, ...labels } };
}

/** The job that a cluster or a managed job is. */
export function jobOf(launched: Launched, account: string, me: Me): Job {
  const { nativeId, name, state, startedAt, endedAt, machines, hash } = launched;
  const { owner, mine, labels } = ownedBy(launched, account, me);
  const [first] = machines;
  const unknown = machines.reduce((sum, one) => sum + unrecognised(one), 0);
  return {
    id: `${account}:${nativeId}`,
    source: 'skypilot',
    account,
    nativeId,
    name,
    ...(owner !== undefined && { owner }),
    mine,
    level: 'cluster',
    state,
    ...(startedAt !== undefined && state !== 'pending' && { startedAt }),
    ...(state === 'ended' && endedAt !== undefined && { endedAt }),
    shares: state === 'pending' ? [] : machines.flatMap((one) => sharesOf(one, account)),
    labels: {
      ...labels,
      ...(hash && { 'skypilot:hash': hash }),
      ...(first?.cloud && { cloud: first.cloud }),
      ...(first?.region && { region: first.region }),
      ...(first?.instanceType && { 'instance-type': first.instanceType }),
      ...(isController(launched) && { 'skypilot:controller': 'yes' }),
      ...(unknown > 0 && { 'skypilot:not-recognised': `${unknown} machines` }),
    },
  };
}
