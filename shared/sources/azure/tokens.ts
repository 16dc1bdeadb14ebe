import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { oneLine } from '../../model/text.ts';
import { MINUTE, SECOND } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { CLOUDS, type Options, signIn } from './account.ts';

/** Tokens for Azure Resource Manager (or another service), each used until shortly before it ends. */
export interface Tokens {
  /** Rejects with a SourceError of this account where there is none to be had. */
  get(account: string): Promise<string>;
  /** The token was refused: the next request gets another. */
  forget(): void;
}

interface Token {
  token: string;
  expiresOnTimestamp: number;
}

const RENEW_MS = 5 * MINUTE;
/** The Azure CLI is a Python program: it takes a second, and far longer on a busy machine. */
const LONGEST_MS = 30 * SECOND;

/**
 * `az` itself is asked for the tokens of `az login`: that is all that Azure's library would do, too,
 * and the library holds 26 MB of memory. For any other way to sign in, it is loaded.
 */
export function tokensOf(
  options: Options,
  surroundings: Surroundings,
  resource: string = CLOUDS[options.cloud].manager,
): Tokens {
  let kept: Token | undefined;
  let asked: Promise<Token> | undefined;
  let credential: Promise<TokenCredential> | undefined;

  const fresh = async (account: string): Promise<Token> => {
    if (options.origin === 'cli') return byCli(options, resource, account, surroundings);
    credential ??= credentialOf(options, surroundings.env);
    const scope = `${resource}/.default`;
    try {
      const abortSignal = AbortSignal.timeout(LONGEST_MS);
      const token = await (await credential).getToken(scope, { abortSignal });
      if (token) return token;
    } catch (error) {
      throw refused(error as Error, options, account);
    }
    throw noToken(options, account, 'Azure gave no token');
  };

  return {
    async get(account) {
      if (kept && kept.expiresOnTimestamp - Date.now() > RENEW_MS) return kept.token;
      asked ??= fresh(account).finally(() => {
        asked = undefined;
      });
      kept = await asked;
      return kept.token;
    },
    forget: () => {
      kept = undefined;
    },
  };
}

/** https://learn.microsoft.com/cli/azure/account#az-account-get-access-token */
const CliToken = z.object({
  accessToken: z.string().min(1),
  /** Seconds; older releases only have a local time beside it. */
  expires_on: z.number().optional(),
});

async function byCli(
  options: Options,
  resource: string,
  account: string,
  { run, platform }: Surroundings,
): Promise<Token> {
  const { subscription } = options;
  const words = [
    ...['account', 'get-access-token', '--output', 'json'],
    ...['--resource', `${resource}/`],
    // It gets a token for the subscription's tenant; naming that fails for managed identities.
    ...(subscription ? ['--subscription', subscription] : []),
  ];
  // On Windows, az is a batch file.
  const [command, args] =
    platform === 'win32' ? ['cmd.exe', ['/d', '/c', 'az', ...words]] : ['az', words];
  const answer = await run(command, args, {
    signal: AbortSignal.timeout(2 * LONGEST_MS),
    endAfterMs: LONGEST_MS,
  }).catch((error: NodeJS.ErrnoException) => {
    throw new SourceError('not-configured', {
      account,
      message: `az could not be started (${error.code ?? error.message})`,
      remedy:
        'Install the Azure CLI, or let the PATH of Burnrate hold it: https://learn.microsoft.com/cli/azure/install-azure-cli',
    });
  });
  if (answer.code === -1)
    throw noToken(options, account, 'az took longer than 30 s', 'unreachable');
  if (answer.code !== 0)
    throw noToken(
      options,
      account,
      `az: ${oneLine(answer.stderr, 240) || 'it failed without a word'}`,
    );
  try {
    const { accessToken, expires_on } = CliToken.parse(JSON.parse(answer.stdout));
    return {
      token: accessToken,
      expiresOnTimestamp: (expires_on ?? 0) * SECOND || Date.now() + RENEW_MS + MINUTE,
    };
  } catch {
    // Neither the parser's words nor the output are shown: they may hold a token.
    throw noToken(
      options,
      account,
      'az account get-access-token did not print a token',
      'malformed',
    );
  }
}

async function credentialOf(
  { origin, tenant, cloud }: Options,
  env: Surroundings['env'],
): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  const { AZURE_CLIENT_ID: clientId } = env;
  const { AZURE_AUTHORITY_HOST: own } = env;
  // One that is named here is of a cloud of one's own, which Microsoft's does not know.
  const options = own
    ? { authorityHost: own, disableInstanceDiscovery: true }
    : { authorityHost: CLOUDS[cloud].authority };
  if (origin === 'identity')
    return new identity.ManagedIdentityCredential({
      // Named, lest the library take a variable that is set to nothing for an address.
      authorityHost: options.authorityHost,
      ...(clientId && { clientId }),
    });
  const { AZURE_CLIENT_SECRET: secret, AZURE_CLIENT_CERTIFICATE_PATH: certificatePath } = env;
  const tenantId = tenant ?? '';
  if (secret) return new identity.ClientSecretCredential(tenantId, clientId ?? '', secret, options);
  if (certificatePath) {
    const certificatePassword = env.AZURE_CLIENT_CERTIFICATE_PASSWORD;
    const certificate = { certificatePath, ...(certificatePassword && { certificatePassword }) };
    return new identity.ClientCertificateCredential(tenantId, clientId ?? '', certificate, options);
  }
  const tokenFilePath = env.AZURE_FEDERATED_TOKEN_FILE ?? '';
  return new identity.WorkloadIdentityCredential({
    ...options,
    tenantId,
    clientId: clientId ?? '',
    tokenFilePath,
  });
}

/** The library's errors may hold the request: none is kept as the cause. */
function refused({ message, name }: Error, options: Options, account: string): SourceError {
  const words = oneLine(message, 240);
  const away =
    /network_error|endpoints_resolution_error|openid_config_error|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|Abort/i.test(
      `${name} ${message}`,
    );
  return noToken(options, account, words, away ? 'unreachable' : 'denied');
}

function noToken(
  options: Options,
  account: string,
  message: string,
  kind: 'denied' | 'unreachable' | 'malformed' = 'denied',
): SourceError {
  const remedy =
    kind === 'unreachable'
      ? 'Check the network, the VPN and the proxy; Burnrate tries again by itself.'
      : signIn(options);
  return new SourceError(kind, { account, message: `Signing in to Azure: ${message}`, remedy });
}
