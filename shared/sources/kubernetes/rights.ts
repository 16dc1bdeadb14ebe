import type { Api } from './api.ts';
import { type Kind, pathOf, resourceOf } from './kinds.ts';
import { AccessReview } from './objects.ts';

/** What is asked of RBAC: a verb on a resource, maybe a part of it. */
export interface Right {
  verb: string;
  group: string;
  plural: string;
  subresource?: string;
}

/** What a stop of this kind of job needs; of a pod, leave to delete it. */
export function rightOf({ group, plural, halt }: Kind): Right {
  return { verb: 'patch', group, plural, ...(halt === 'scale' && { subresource: 'scale' }) };
}

/** `deployments.apps/scale` */
export function nameOf(right: Right): string {
  return resourceOf(right) + (right.subresource === undefined ? '' : `/${right.subresource}`);
}

/** Whether we may; which every user may ask. */
export async function isAllowed(
  { verb, group, plural, subresource }: Right,
  namespace: string,
  { api, signal }: { api: Api; signal: AbortSignal },
): Promise<boolean> {
  const apiVersion = 'authorization.k8s.io/v1';
  const resource = 'selfsubjectaccessreviews';
  const attributes = { verb, group, resource: plural, namespace };
  const order = {
    verb: 'create',
    resource: `${resource}.authorization.k8s.io`,
    path: pathOf({ apiVersion, plural: resource }),
    method: 'POST' as const,
    body: {
      apiVersion,
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { ...attributes, ...(subresource && { subresource }) } },
    },
  };
  return (await api.ask(order, AccessReview, signal)).status.allowed;
}
