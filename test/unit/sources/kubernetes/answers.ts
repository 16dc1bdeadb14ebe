import type { ApiServer, Asked, Reply, Thing } from './server.ts';

const plural = (kind: string) => `${kind.toLowerCase()}s`;

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export function status(code: number, reason: string, message: string, extra: object = {}): Reply {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
    ...extra,
  };
  return { status: code, body: JSON.stringify(body) };
}

/** What an API server over these things says to a request. */
export function answerTo(asked: Asked, server: ApiServer, accept: string): Reply {
  const { method, path, user, query, body } = asked;
  if (user === '') return status(401, 'Unauthorized', 'Unauthorized');
  const send = (value: unknown): Reply => ({ body: JSON.stringify(value) });
  // https://kubernetes.io/docs/reference/using-api/health-checks/ beside which /version is.
  if (path === '/version') return send({ major: '1', minor: '34', gitVersion: 'v1.34.0' });
  // https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
  if (path === '/apis') {
    const versions = [...new Set(server.things.map(({ apiVersion }) => apiVersion))];
    const groups = versions.flatMap((apiVersion) => {
      const [name, version] = apiVersion.split('/');
      return version ? [{ name, preferredVersion: { groupVersion: apiVersion, version } }] : [];
    });
    return send({ kind: 'APIGroupList', groups });
  }
  const [, apiVersion = '', namespace, resource = '', name, sub] =
    /^\/apis?\/((?:[^/]+\/)?v\w+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      path,
    ) ?? [];
  const verb =
    { POST: 'create', PATCH: 'patch', DELETE: 'delete' }[method] ?? (name ? 'get' : 'list');
  // https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/self-subject-review-v1/
  if (resource === 'selfsubjectreviews')
    return send({
      ...body,
      status: { userInfo: { username: user, groups: ['system:authenticated'] } },
    });
  // https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
  if (resource === 'selfsubjectaccessreviews') {
    const spec = body?.spec as { resourceAttributes?: Record<string, string> } | undefined;
    const what = spec?.resourceAttributes;
    const full = what?.subresource
      ? `${what.resource}/${what.subresource}`
      : String(what?.resource);
    return send({
      ...body,
      status: { allowed: !server.forbids(String(what?.verb), full, what?.namespace) },
    });
  }
  // https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-connect-get-requests-to-proxy-of-pod
  const [, inner, pod] = /\/namespaces\/([^/]+)\/pods\/(.+?)\/proxy\//.exec(path) ?? [];
  if (pod !== undefined && server.forbids('get', 'pods/proxy', inner))
    return status(403, 'Forbidden', `pods "${pod}" is forbidden: cannot get resource "pods/proxy"`);
  if (pod !== undefined) {
    const said = server.pods.get(path.replace(/^.*\/pods\//, '').replace('/proxy', ''));
    return said === undefined
      ? status(503, 'ServiceUnavailable', `error trying to reach service: dial tcp: refused`)
      : { headers: { 'content-type': 'text/plain; version=0.0.4' }, body: said };
  }
  const full = sub ? `${resource}/${sub}` : resource;
  // https://kubernetes.io/docs/reference/access-authn-authz/rbac/
  if (server.forbids(verb, full, namespace)) {
    const place = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    return status(
      403,
      'Forbidden',
      `${full} is forbidden: User "${user}" cannot ${verb} resource "${full}" in API group "${group}" ${place}`,
    );
  }
  const there = server.things.filter(
    (thing) =>
      thing.apiVersion === apiVersion &&
      plural(thing.kind) === resource &&
      (namespace === undefined || thing.metadata.namespace === namespace),
  );
  if (name === undefined) return page(there, apiVersion, query, server);
  const thing = there.find(({ metadata }) => metadata.name === name);
  if (!thing) return status(404, 'NotFound', `${resource} "${name}" not found`);
  if (method === 'PATCH') return patched(thing, body, sub, server);
  if (method === 'DELETE') {
    const uid = (body?.preconditions as { uid?: string } | undefined)?.uid;
    if (uid !== undefined && uid !== thing.metadata.uid)
      return status(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${resource} "${name}": Precondition failed: UID in precondition: ${uid}, UID in object meta: ${thing.metadata.uid}`,
      );
    remove(server, thing);
    return send(thing);
  }
  // https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
  if (/as=PartialObjectMetadata/.test(accept)) {
    const { metadata } = thing;
    return send({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata });
  }
  return send(thing);
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks */
function page(
  there: Thing[],
  apiVersion: string,
  query: URLSearchParams,
  server: ApiServer,
): Reply {
  const from = Number(Buffer.from(query.get('continue') ?? '', 'base64').toString() || 0);
  const size = Math.min(server.pageSize, Number(query.get('limit') || 1e9));
  const items = there.slice(from, from + size).map(({ kind: _, apiVersion: __, ...item }) => item);
  const more = there.length > from + size;
  const metadata = {
    resourceVersion: '1',
    ...(more && {
      continue: Buffer.from(String(from + size)).toString('base64'),
      remainingItemCount: there.length - from - size,
    }),
  };
  return { body: JSON.stringify({ kind: 'List', apiVersion, metadata, items }) };
}

/** https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ */
function patched(
  thing: Thing,
  body: Record<string, unknown> | undefined,
  sub: string | undefined,
  server: ApiServer,
): Reply {
  const uid = (body?.metadata as { uid?: string } | undefined)?.uid;
  if (uid !== undefined && uid !== thing.metadata.uid)
    return status(
      409,
      'Conflict',
      `Operation cannot be fulfilled: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${thing.metadata.uid}`,
    );
  const spec = body?.spec as Record<string, unknown>;
  thing.spec = { ...thing.spec, ...spec };
  const runPolicy = spec.runPolicy as { suspend?: boolean } | undefined;
  const halted =
    spec.suspend === true ||
    spec.active === false ||
    runPolicy?.suspend === true ||
    (sub === 'scale' && spec.replicas === 0);
  // What its controller does next.
  if (halted) {
    const [owner] = thing.metadata.ownerReferences ?? [];
    const uids = thing.kind === 'Workload' && owner ? [owner.uid] : [thing.metadata.uid];
    for (const pod of server.things.filter(
      (one) => one.kind === 'Pod' && isUnder(one, uids, server),
    ))
      remove(server, pod);
  }
  return { body: JSON.stringify(thing) };
}

function isUnder(thing: Thing, uids: readonly string[], server: ApiServer): boolean {
  return (thing.metadata.ownerReferences ?? []).some(({ uid }) => {
    const owner = server.things.find(({ metadata }) => metadata.uid === uid);
    return uids.includes(uid) || (owner !== undefined && isUnder(owner, uids, server));
  });
}

export function remove(server: ApiServer, thing: Thing): void {
  server.things.splice(server.things.indexOf(thing), 1);
}
