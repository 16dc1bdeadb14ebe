import { basename } from 'node:path';
import { z } from 'zod';
import { type Instant, SECOND } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { quoted } from './account.ts';
import type { Cluster, Exec } from './kubeconfig.ts';

/** What a credential plugin hands out. */
export interface Issued {
  token?: string;
  certificate?: string;
  key?: string;
  expiresAt?: Instant;
}

/** A plugin may have to ask its cloud; one that waits for a person never ends. */
const PATIENCE_MS = 15 * SECOND;

/** The cluster's extension that holds a plugin's own settings. */
const EXTENSION = 'client.authentication.k8s.io/exec';

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
const Answer = z.object({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.string().nullish(),
  }),
});

/**
 * Runs a credential plugin, without a terminal: one that has to ask a person fails. What it prints
 * is never part of an error, for it may be a token.
 */
export async function runPlugin(
  exec: Exec,
  cluster: Cluster,
  surroundings: Surroundings,
  account: string,
  signal: AbortSignal,
): Promise<Issued> {
  const fail = (kind: 'denied' | 'not-configured' | 'unreachable', happened: string, remedy = '') =>
    new SourceError(kind, {
      account,
      message: `the credential plugin ${basename(exec.command)} ${happened}`,
      remedy: remedy || loginWith(exec),
    });
  const version = exec.apiVersion ?? '';
  if (!VERSIONS.includes(version))
    throw fail(
      'not-configured',
      `is of a kind that no longer exists (${version || 'no apiVersion'})`,
      `Fetch the cluster's entry in your kubeconfig anew, so that its plugin speaks ${VERSIONS[0]}.`,
    );
  if (exec.interactiveMode === 'Always')
    throw fail(
      'not-configured',
      'asks a person each time, which a program in the background cannot',
    );
  const info = {
    apiVersion: version,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo && { cluster: await clusterInfo(cluster, surroundings) }),
    },
  };
  const env = {
    ...surroundings.env,
    ...Object.fromEntries(exec.env.map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  };
  const result = await surroundings
    .run(exec.command, exec.args, { signal, env, endAfterMs: PATIENCE_MS, maxBytes: 1024 * 1024 })
    .catch((error: NodeJS.ErrnoException) => {
      if (signal.aborted) throw fail('unreachable', 'did not end before the deadline');
      if (error.code === 'ENOENT')
        throw fail(
          'not-configured',
          'is not installed, or not on the PATH that Burnrate was started with',
          exec.installHint?.trim() ||
            `Install it, or write its whole path as command into your kubeconfig (which ${exec.command} tells it).`,
        );
      throw fail('denied', `cannot be run (${error.code ?? 'unknown reason'})`);
    });
  if (result.code === -1) throw fail('unreachable', 'did not end in time');
  if (result.code !== 0) throw fail('denied', `failed: ${firstLine(result.stderr)}`);
  return read(result.stdout, version, fail);
}

/** The command that a person runs to sign in again where the plugin no longer works. */
export function loginWith({ command, args, env }: Exec): string {
  const after = (flag: string) => {
    const at = args.indexOf(flag);
    return at < 0 ? undefined : args[at + 1];
  };
  const name = basename(command).replace(/\.exe$/, '');
  const own = `See what it says in a terminal: ${[command, ...args].map(quoted).join(' ')} > /dev/null`;
  const profile =
    after('--profile') ?? env.find((variable) => variable.name === 'AWS_PROFILE')?.value;
  const flag = profile === undefined ? '' : ` --profile ${quoted(profile)}`;
  if (name === 'aws' || name === 'aws-iam-authenticator')
    return `Sign in again: aws sso login${flag} (with keys: aws configure${flag}). ${own}`;
  if (name === 'gke-gcloud-auth-plugin' || name === 'gcloud')
    return `Sign in again: gcloud auth login. ${own}`;
  if (name === 'kubelogin' || name === 'kubectl-oidc_login')
    return `Sign in again: ${args.includes('get-token') && after('--login') === 'azurecli' ? 'az login' : 'kubelogin, in a terminal'}. ${own}`;
  if (name === 'tsh') return `Sign in again: tsh kube login. ${own}`;
  return own;
}

function read(
  stdout: string,
  version: string,
  fail: (kind: 'denied', happened: string) => SourceError,
): Issued {
  let parsed: z.infer<typeof Answer>;
  try {
    parsed = Answer.parse(JSON.parse(stdout));
  } catch {
    // The reason would quote what was printed.
    throw fail('denied', 'printed something that is no ExecCredential');
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = parsed.status;
  if (parsed.apiVersion !== version)
    throw fail('denied', `answered as ${parsed.apiVersion}, though asked for ${version}`);
  if (!token && !(clientCertificateData && clientKeyData))
    throw fail('denied', 'gave neither a token nor a certificate with its key');
  const expiresAt = expirationTimestamp ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    ...(token && { token }),
    ...(clientCertificateData && { certificate: clientCertificateData }),
    ...(clientKeyData && { key: clientKeyData }),
    ...(!Number.isNaN(expiresAt) && { expiresAt }),
  };
}

/** What `provideClusterInfo` asks for. */
async function clusterInfo(cluster: Cluster, surroundings: Surroundings) {
  const path = cluster['certificate-authority'];
  const file = path ? await surroundings.readFile(path).catch(() => undefined) : undefined;
  const authority =
    cluster['certificate-authority-data'] ?? (file && Buffer.from(file).toString('base64'));
  const extension = cluster.extensions.find(({ name }) => name === EXTENSION);
  return {
    server: cluster.server,
    ...(cluster['tls-server-name'] && { 'tls-server-name': cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { 'insecure-skip-tls-verify': true }),
    ...(authority && { 'certificate-authority-data': authority }),
    ...(cluster['proxy-url'] && { 'proxy-url': cluster['proxy-url'] }),
    ...(extension && { config: extension.extension }),
  };
}

function firstLine(stderr: string): string {
  const line = stderr
    .split('\n')
    .find((part) => part.trim() !== '')
    ?.trim();
  return line === undefined ? 'no reason given' : line.slice(0, 200);
}
