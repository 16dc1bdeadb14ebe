import { kubectl, type Options, quoted } from './account.ts';
import type { Order } from './api.ts';
import type { Launched } from './jobs.ts';
import { kindOf, pathOf, resourceOf } from './kinds.ts';
import type { OwnerObject } from './objects.ts';
import type { Top } from './owners.ts';

/** How one job is stopped: what is sent, and the same as a person would type it. */
export interface Halting {
  /** `Suspend job train`. */
  action: string;
  orders: Order[];
  command: string;
  /** How it is started again; absent where it is gone for good. */
  undo?: string;
}

/**
 * The gentlest way: what can be suspended is, or is scaled to nothing, so that its definition stays;
 * a bare pod can only be deleted. What Kueue manages is set inactive there: suspended by itself, it
 * would be queued and started again.
 *
 * Undefined where there is no way that does not destroy what was defined. Orders name the uid: they
 * do nothing to another object that has taken the name since.
 *
 * https://kueue.sigs.k8s.io/docs/concepts/workload/#active
 */
export function haltingOf(
  launched: Launched,
  object: OwnerObject | undefined,
  options: Options,
): Halting | undefined {
  const { top, workload, pods } = launched;
  if (top.kind === 'Pod' && top.apiVersion === 'v1') return deletion(top, options);
  if (workload) {
    const { name, uid, apiVersion, queue } = workload;
    const target = {
      apiVersion,
      group: 'kueue.x-k8s.io',
      plural: 'workloads',
      namespace: top.namespace,
      name,
    };
    return {
      ...patched(target, uid, { active: false }, { active: true }, options),
      action: `Deactivate ${describe(top)} in Kueue${queue === undefined ? '' : ` (queue ${queue})`}`,
    };
  }
  const kind = kindOf(top);
  if (!kind?.halt) return undefined;
  const target = { ...kind, apiVersion: top.apiVersion, namespace: top.namespace, name: top.name };
  switch (kind.halt) {
    case 'suspend': {
      const [on, off] = suspension(top, object);
      return {
        ...patched(target, top.uid, on, off, options),
        action: `Suspend ${describe(top)}`,
      };
    }
    case 'runPolicy': {
      const [on, off] = [true, false].map((suspend) => ({ runPolicy: { suspend } }));
      return {
        ...patched(target, top.uid, on ?? {}, off ?? {}, options),
        action: `Suspend ${describe(top)}`,
      };
    }
    case 'scale':
      return {
        action: `Scale ${describe(top)} to nothing`,
        ...scaled(target, object?.spec?.replicas ?? pods.length, options),
      };
  }
}

/** `job ml/train`: kind, namespace and name. */
export function describe({ kind, namespace, name }: Top): string {
  return `${kind} ${namespace}/${name}`;
}

/**
 * KubeRay refuses to suspend a RayJob that would leave its cluster standing after its end.
 * https://docs.ray.io/en/latest/cluster/kubernetes/getting-started/rayjob-quick-start.html
 */
function suspension({ kind }: Top, object: OwnerObject | undefined): [on: object, off: object] {
  if (kind !== 'RayJob' || object?.spec?.shutdownAfterJobFinishes === true)
    return [{ suspend: true }, { suspend: false }];
  return [
    { suspend: true, shutdownAfterJobFinishes: true },
    { suspend: false, shutdownAfterJobFinishes: false },
  ];
}

interface Target {
  apiVersion: string;
  group: string;
  plural: string;
  namespace: string;
  name: string;
}

function patched(target: Target, uid: string, spec: object, undo: object, options: Options) {
  const { namespace, name } = target;
  const resource = resourceOf(target);
  const command = (what: object) =>
    `${kubectl(options, namespace)} patch ${resource} ${quoted(name)} --type=merge -p ${quoted(JSON.stringify({ spec: what }))}`;
  const order: Order = {
    verb: 'patch',
    resource,
    path: pathOf(target, namespace, name),
    namespace,
    name,
    method: 'PATCH',
    body: { metadata: { uid }, spec },
  };
  return { orders: [order], command: command(spec), undo: command(undo) };
}

/** By its scale alone: that needs no leave to change anything else of it. */
function scaled(target: Target, replicas: number, options: Options) {
  const { namespace, name } = target;
  const resource = resourceOf(target);
  const command = (count: number) =>
    `${kubectl(options, namespace)} scale ${resource}/${quoted(name)} --replicas=${count}`;
  const order: Order = {
    verb: 'patch',
    resource: `${resource}/scale`,
    path: `${pathOf(target, namespace, name)}/scale`,
    namespace,
    name,
    method: 'PATCH',
    body: { spec: { replicas: 0 } },
  };
  return { orders: [order], command: command(0), undo: command(Math.max(1, replicas)) };
}

function deletion({ namespace, name, uid }: Top, options: Options): Halting {
  const order: Order = {
    verb: 'delete',
    resource: 'pods',
    path: pathOf({ apiVersion: 'v1', plural: 'pods' }, namespace, name),
    namespace,
    name,
    method: 'DELETE',
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
  };
  return {
    action: `Delete pod ${namespace}/${name}`,
    orders: [order],
    command: `${kubectl(options, namespace)} delete pod ${quoted(name)}`,
  };
}
