import type { FailureKind } from '../../model/account.ts';
import type { Instant } from '../../model/time.ts';
import { networkFailure } from '../network_failure.ts';
import { retryAfterMs } from '../retry_after.ts';
import { SourceError } from '../source.ts';
import { kubectl, type Options, quoted } from './account.ts';

/** What was being done when it failed: it makes the remedy exact. */
export interface Attempt {
  account: string;
  options: Options;
  /** As RBAC names it: `list`, `patch`. */
  verb: string;
  /** As RBAC names it, with its group: `pods`, `jobs.batch`, `deployments.apps/scale`. */
  resource: string;
  namespace?: string;
  /** The object's name, where it is about one. */
  name?: string;
  /** How to sign in again. */
  login: string;
}

/** What the API server answers with where it does not do what was asked; parts may be missing. */
export interface Refusal {
  status: number;
  reason: string;
  message: string;
  retryAfter: string | undefined;
}

/**
 * Says in the contract's words what the API server's refusal means.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export function refused(refusal: Refusal, attempt: Attempt, now: Instant): SourceError {
  const { kind, remedy, happened } = judge(refusal, attempt);
  const waitMs = retryAfterMs(refusal.retryAfter, now);
  return new SourceError(kind, {
    account: attempt.account,
    message: `${what(attempt)}: ${happened}`,
    remedy,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

/** An answer that is not what this call answers with. */
export function malformed(attempt: Attempt, happened: string): SourceError {
  return new SourceError('malformed', {
    account: attempt.account,
    message: `${what(attempt)}: ${happened}`,
    remedy: notKubernetes(attempt),
  });
}

/** What a request that was not answered means. The error itself is not kept: it may hold a token. */
export function unanswered(error: unknown, attempt: Attempt): SourceError {
  const { kind, happened, remedy } = networkFailure(error);
  // What Node.js is told by its own variable, kubectl is told by the kubeconfig.
  const untrusted = /certificate/.test(happened);
  return new SourceError(kind, {
    account: attempt.account,
    message: `${what(attempt)}: ${happened}`,
    remedy:
      kind === 'malformed'
        ? notKubernetes(attempt)
        : untrusted
          ? `The API server's certificate is not signed by the authority in your kubeconfig. Fetch the cluster's entry anew (as you did at first: aws eks update-kubeconfig, gcloud container clusters get-credentials, az aks get-credentials), or correct certificate-authority-data.`
          : (remedy ??
            `Check the network and the VPN: ${kubectl(attempt.options)} version. A private cluster is reached from its own network only. Burnrate tries again by itself.`),
  });
}

/** What is done, as an administrator would name it: `list pods in namespace ml`. */
export function what({ verb, resource, namespace, name }: Attempt): string {
  const place = namespace === undefined ? '' : ` in namespace ${namespace}`;
  return `${verb} ${resource}${name === undefined ? '' : ` ${name}`}${place}`;
}

/** The commands by which an administrator allows it, to `user` where it is known who that is. */
export function grantOf(
  { verb, resource, namespace }: Pick<Attempt, 'verb' | 'resource' | 'namespace'>,
  user = 'YOU',
): string {
  const role = `burnrate-${verb}-${resource.replaceAll(/[^a-z0-9]+/g, '-')}`;
  const [kind, place] =
    namespace === undefined ? ['clusterrolebinding', ''] : ['rolebinding', ` -n ${namespace}`];
  return `kubectl create clusterrole ${role} --verb=${verb} --resource=${resource} && kubectl create ${kind} ${role} --clusterrole=${role} --user=${quoted(user)}${place}`;
}

/** Where all that is used stands together. */
export function fileFor(verb: string): string {
  const file = /^(patch|delete)$/.test(verb) ? 'stop.yaml' : 'read.yaml';
  return `${file} beside Burnrate's kubernetes source has all that it uses.`;
}

/** The refusal itself says to whom: `User "ada@example.com" cannot list resource "pods"`. */
function ask(attempt: Attempt, message: string): string {
  const user = /\bUser "([^"]+)"/.exec(message)?.[1];
  return `Ask an administrator to allow it: ${grantOf(attempt, user)}. ${fileFor(attempt.verb)}`;
}

function judge(
  { status, reason, message }: Refusal,
  attempt: Attempt,
): { kind: FailureKind; happened: string; remedy: string } {
  const said = shorten(message) || reason || `status ${status}`;
  if (status === 401)
    return {
      kind: 'denied',
      happened: `the cluster does not accept who you are (${said})`,
      remedy: attempt.login,
    };
  if (status === 403) return { kind: 'denied', happened: said, remedy: ask(attempt, message) };
  if (status === 429)
    return {
      kind: 'throttled',
      happened: `the API server asks for fewer requests (${said})`,
      remedy:
        'Burnrate waits and tries again by itself. If it persists, name the namespaces you use under sources.kubernetes.namespaces in burnrate.yaml.',
    };
  if (status === 404)
    return {
      kind: 'malformed',
      happened: said,
      remedy: `See whether the cluster serves it: ${kubectl(attempt.options)} api-resources`,
    };
  if (status === 409 || status === 422)
    return {
      kind: 'denied',
      happened: said,
      remedy: 'Stop the job again: you are asked anew, with what is true now.',
    };
  if (status >= 500)
    return {
      kind: 'unreachable',
      happened: `the API server answered ${status} (${said})`,
      remedy: `Burnrate tries again by itself. If it persists: ${kubectl(attempt.options)} get --raw /readyz?verbose`,
    };
  return {
    kind: 'malformed',
    happened: `${said} (status ${status})`,
    remedy: notKubernetes(attempt),
  };
}

function notKubernetes({ options }: Attempt): string {
  return `Something other than a Kubernetes API server may answer at ${options.server ?? 'that address'}: check the proxy, and whether this network asks you to sign in; try ${kubectl(options)} version`;
}

function shorten(message: string): string {
  const line =
    message
      .split('\n')
      .find((part) => part.trim() !== '')
      ?.trim() ?? '';
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}
