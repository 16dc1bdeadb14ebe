import { type Instant, MINUTE } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { kubectl, type Options } from './account.ts';
import { inCluster, readKubeconfig, type Target } from './kubeconfig.ts';
import { loginWith, runPlugin } from './plugin.ts';

/** All that a request needs beside its path. */
export interface Access {
  server: string;
  headers: Record<string, string | string[]>;
  tls: {
    ca?: string;
    cert?: string;
    key?: string;
    servername?: string;
    rejectUnauthorized?: boolean;
  };
  proxy?: string;
  /** The context's namespace, where it names one. */
  namespace?: string;
  /** How to sign in again where this is refused. */
  login: string;
  /** When it is to be read anew. */
  staleAt: Instant;
}

/** Tokens in files are rotated; a kubeconfig is written anew by its tools. As client-go does. */
const FRESH_MS = MINUTE;
/** A plugin's answer is good until shortly before it expires, or until it is refused. */
const RENEW_MS = MINUTE;

/** Reads who we are to the cluster: afresh where it was refused, or has grown old. */
export class Credentials {
  readonly #account: string;
  readonly #options: Options;
  readonly #surroundings: Surroundings;
  #current: Promise<Access> | undefined;

  constructor(account: string, options: Options, surroundings: Surroundings) {
    this.#account = account;
    this.#options = options;
    this.#surroundings = surroundings;
  }

  /** Rejects with a SourceError where there are none. */
  async read(signal: AbortSignal): Promise<Access> {
    const current = this.#current;
    const known = await current?.catch(() => undefined);
    if (known && known.staleAt > this.#surroundings.clock.now()) return known;
    // Somebody else, who waited for the same, is reading them anew already.
    if (this.#current && this.#current !== current) return this.#current;
    const reading = this.#read(signal);
    this.#current = reading;
    return reading;
  }

  /** They were refused: the next request reads them anew. */
  forget(refused: Access): void {
    const current = this.#current;
    void current?.then(
      (access) => {
        if (access === refused && this.#current === current) this.#current = undefined;
      },
      () => {
        // It was told to whoever asked for it.
      },
    );
  }

  async #read(signal: AbortSignal): Promise<Access> {
    const target = await this.#target();
    const { cluster, user } = target;
    const file = (path: string | undefined) => this.#file(path);
    const exec = user.exec
      ? await runPlugin(user.exec, cluster, this.#surroundings, this.#account, signal)
      : undefined;
    const token =
      exec?.token ?? (await file(user.tokenFile))?.trim() ?? user.token ?? this.#old(target);
    const ca =
      decoded(cluster['certificate-authority-data']) ??
      (await file(cluster['certificate-authority']));
    const cert =
      exec?.certificate ??
      decoded(user['client-certificate-data']) ??
      (await file(user['client-certificate']));
    const key = exec?.key ?? decoded(user['client-key-data']) ?? (await file(user['client-key']));
    const authorization = token
      ? `Bearer ${token}`
      : user.username && user.password
        ? `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
        : undefined;
    const now = this.#surroundings.clock.now();
    return {
      server: cluster.server.replace(/\/+$/, ''),
      headers: {
        ...(authorization && { authorization }),
        ...(user.as && { 'impersonate-user': user.as }),
        ...(user['as-uid'] && { 'impersonate-uid': user['as-uid'] }),
        ...(user['as-groups'].length > 0 && { 'impersonate-group': user['as-groups'] }),
      },
      tls: {
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
        ...(cluster['tls-server-name'] && { servername: cluster['tls-server-name'] }),
        ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
      },
      ...(cluster['proxy-url'] && { proxy: cluster['proxy-url'] }),
      ...(target.namespace && { namespace: target.namespace }),
      login: this.#login(target),
      staleAt: exec ? (exec.expiresAt ?? Number.POSITIVE_INFINITY) - RENEW_MS : now + FRESH_MS,
    };
  }

  async #target(): Promise<Target> {
    const { context } = this.#options;
    if (context === undefined) {
      const pod = await inCluster(this.#surroundings);
      if (pod) return pod;
      throw this.#notConfigured(
        "this pod's service account token is not there",
        'Leave automountServiceAccountToken on for this pod.',
      );
    }
    const { targets } = await readKubeconfig(this.#surroundings);
    const target = targets.find((one) => one.context === context);
    if (target) return target;
    throw this.#notConfigured(
      `the context ${context} is no longer in your kubeconfig`,
      'See which there are: kubectl config get-contexts',
    );
  }

  async #file(path: string | undefined): Promise<string | undefined> {
    if (!path) return undefined;
    const text = await this.#surroundings.readFile(path).catch((error: NodeJS.ErrnoException) => {
      throw this.#notConfigured(
        `${path}, which your kubeconfig names, cannot be read (${error.code ?? 'unknown reason'})`,
        `Make it readable for you: ls -l ${path}`,
      );
    });
    if (text !== undefined) return text;
    throw this.#notConfigured(
      `${path}, which your kubeconfig names, is not there`,
      "Fetch the cluster's entry in your kubeconfig anew, or correct that path.",
    );
  }

  /** The ways in that kubectl had before plugins; only OpenID Connect's is still heeded. */
  #old({ user }: Target): string | undefined {
    const provider = user['auth-provider'];
    if (!provider) return undefined;
    const token = provider.config?.['id-token'];
    if (provider.name === 'oidc' && typeof token === 'string') return token;
    throw this.#notConfigured(
      `your kubeconfig signs in by the auth-provider ${provider.name}, which Kubernetes has removed`,
      "Fetch the cluster's entry anew (gcloud container clusters get-credentials, az aks get-credentials).",
    );
  }

  #login({ user }: Target): string {
    if (user.exec) return loginWith(user.exec);
    const where = user.tokenFile ? ` in ${user.tokenFile}` : ' in your kubeconfig';
    const kind =
      user['client-certificate-data'] || user['client-certificate'] ? 'certificate' : 'token';
    return this.#options.context === undefined
      ? "Check this pod's service account."
      : `The ${kind}${where} is no longer good: fetch the cluster's entry anew (as you did at first), and try ${kubectl(this.#options)} auth whoami`;
  }

  #notConfigured(message: string, remedy: string): SourceError {
    return new SourceError('not-configured', { account: this.#account, message, remedy });
  }
}

function decoded(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('utf8');
}
