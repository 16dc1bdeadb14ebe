import { dirname, isAbsolute, join, win32 } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Surroundings } from '../source.ts';

/** kubectl itself writes absent values as null and as empty text. */
const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const flag = z.boolean().nullish();
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
const Cluster = z.object({
  server: z.string().min(1),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': flag,
  'tls-server-name': text,
  'proxy-url': text,
  extensions: list(z.object({ name: z.string(), extension: z.unknown().optional() })),
});
export type Cluster = z.infer<typeof Cluster>;

const Exec = z.object({
  apiVersion: text,
  command: z.string().min(1),
  args: list(z.string()),
  env: list(z.object({ name: z.string(), value: z.string() })),
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
});
export type Exec = z.infer<typeof Exec>;

const User = z.object({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  'as-uid': text,
  'as-groups': list(z.string()),
  exec: Exec.nullish(),
  'auth-provider': z
    .object({ name: z.string(), config: z.record(z.string(), z.unknown()).nullish() })
    .nullish(),
});
export type User = z.infer<typeof User>;

const Context = z.object({ cluster: text, user: text, namespace: text });

const File = z.object({
  'current-context': text,
  clusters: list(z.object({ name: z.string(), cluster: Cluster })),
  users: list(z.object({ name: z.string(), user: User.nullish() })),
  contexts: list(z.object({ name: z.string(), context: Context.nullish() })),
});
type File = z.infer<typeof File>;

/** One way into one cluster. */
export interface Target {
  /** Absent for the service account of a pod. */
  context?: string;
  clusterName: string;
  userName: string;
  cluster: Cluster;
  user: User;
  /** The context's own, where it names one. */
  namespace?: string;
  /** Where it stands, for people. */
  foundIn: string;
}

export interface Kubeconfig {
  current: string | undefined;
  targets: Target[];
  /** A line a file, and one for each context that cannot be used. */
  looked: string[];
}

/** The files that kubectl reads: those of KUBECONFIG, else the one in the home. */
export function kubeconfigFiles({ env, homedir, platform }: Surroundings): string[] {
  const between = platform === 'win32' ? ';' : ':';
  const named = (env.KUBECONFIG ?? '').split(between).filter((path) => path.trim() !== '');
  return named.length > 0 ? [...new Set(named)] : [join(homedir, '.kube', 'config')];
}

/**
 * All contexts, by kubectl's rule for several files: the first to name a cluster, a user, a context
 * or the current one decides, and paths are relative to the file that they stand in.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export async function readKubeconfig(surroundings: Surroundings): Promise<Kubeconfig> {
  const looked: string[] = [];
  const clusters = new Map<string, Cluster>();
  const users = new Map<string, User>();
  const contexts = new Map<string, { context: z.infer<typeof Context>; path: string }>();
  let current: string | undefined;
  for (const path of kubeconfigFiles(surroundings)) {
    const shown = shortPath(path, surroundings.homedir);
    const file = await readFile(path, shown, surroundings, looked);
    if (!file) continue;
    current ??= file['current-context'];
    for (const { name, cluster } of file.clusters)
      if (!clusters.has(name)) clusters.set(name, clusterIn(cluster, path));
    for (const { name, user } of file.users)
      if (!users.has(name)) users.set(name, userIn(user ?? User.parse({}), path));
    for (const { name, context } of file.contexts)
      if (!contexts.has(name) && context) contexts.set(name, { context, path: shown });
  }
  const targets: Target[] = [];
  for (const [name, { context, path }] of contexts) {
    const cluster = clusters.get(context.cluster ?? '');
    if (!cluster || !context.cluster) {
      looked.push(`context ${name}: its cluster ${context.cluster ?? '(none)'} is not there`);
      continue;
    }
    targets.push({
      context: name,
      clusterName: context.cluster,
      userName: context.user ?? '',
      cluster,
      user: users.get(context.user ?? '') ?? User.parse({}),
      ...(context.namespace && { namespace: context.namespace }),
      foundIn: `${path}, context ${name}`,
    });
  }
  return { current, targets, looked };
}

/** Where Kubernetes puts what a pod's own service account needs. */
const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The way in of the pod that this runs in.
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export async function inCluster(surroundings: Surroundings): Promise<Target | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = surroundings.env;
  if (!host || !port) return undefined;
  const token = await surroundings.readFile(`${IN_CLUSTER}/token`).catch(() => undefined);
  if (!token) return undefined;
  const namespace = await surroundings.readFile(`${IN_CLUSTER}/namespace`).catch(() => undefined);
  const address = host.includes(':') ? `[${host}]` : host;
  return {
    clusterName: 'in-cluster',
    userName: 'service account',
    cluster: Cluster.parse({
      server: `https://${address}:${port}`,
      'certificate-authority': `${IN_CLUSTER}/ca.crt`,
    }),
    user: User.parse({ tokenFile: `${IN_CLUSTER}/token` }),
    ...(namespace && { namespace: namespace.trim() }),
    foundIn: `${IN_CLUSTER}, this pod's service account`,
  };
}

async function readFile(
  path: string,
  shown: string,
  surroundings: Surroundings,
  looked: string[],
): Promise<File | undefined> {
  try {
    const content = await surroundings.readFile(path);
    looked.push(`${shown}: ${content === undefined ? 'not there' : 'read'}`);
    return content === undefined ? undefined : File.parse(parse(content) ?? {});
  } catch (error) {
    // The parser's own message quotes what stands there, which may be a key.
    const { code, issues } = error as { code?: string; issues?: z.core.$ZodIssue[] };
    const place = issues?.[0]?.path.map(String).join('.');
    const why = place === undefined ? (code ?? 'not YAML') : `${place} is not as it should be`;
    looked.push(`${shown}: cannot be read (${why})`);
    return undefined;
  }
}

function clusterIn(cluster: Cluster, path: string): Cluster {
  const authority = cluster['certificate-authority'];
  return authority ? { ...cluster, 'certificate-authority': beside(path, authority) } : cluster;
}

function userIn(user: User, path: string): User {
  const paths = (['client-certificate', 'client-key', 'tokenFile'] as const).flatMap((key) => {
    const value = user[key];
    return value ? [[key, beside(path, value)]] : [];
  });
  // A bare name is looked for on PATH, anything else is a path.
  const { exec } = user;
  const command = exec && /[/\\]/.test(exec.command) ? beside(path, exec.command) : undefined;
  return {
    ...user,
    ...Object.fromEntries(paths),
    ...(exec && command && { exec: { ...exec, command } }),
  };
}

function beside(path: string, value: string): string {
  return isAbsolute(value) || win32.isAbsolute(value) ? value : join(dirname(path), value);
}

function shortPath(path: string, homedir: string): string {
  return path.startsWith(`${homedir}/`) || path.startsWith(`${homedir}\\`)
    ? `~${path.slice(homedir.length)}`
    : path;
}
