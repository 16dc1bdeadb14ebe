import { text } from 'node:stream/consumers';
import type { AuthClient, UserRefreshClientOptions } from 'google-auth-library';
import { z } from 'zod';
import { oneLine } from '../../model/text.ts';
import { type Instant, MINUTE } from '../../model/time.ts';
import { HttpClient } from '../http.ts';
import { networkFailure } from '../network_failure.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { loginRemedy, type Options } from './account.ts';
import { metadataOf } from './metadata.ts';

/** Who we are to Google: an access token, read anew where it was refused or grows old. */
export interface Credentials {
  /** Rejects with a SourceError where there is none. */
  token(): Promise<string>;
  /** It was refused: the next one is made from what is then in the files. */
  forget(): void;
  close(): void;
}

interface Token {
  value: string;
  staleAt: Instant;
}

const SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/userinfo.email',
];
/** Renewed this long before it expires. */
const RENEW_MS = 2 * MINUTE;
/** A file's token says no time at which it ends: it is read anew this often. */
const REREAD_MS = MINUTE;

export function credentialsOf(
  options: Options,
  account: string,
  tokenUrl: string,
  surroundings: Surroundings,
): Credentials {
  const { clock } = surroundings;
  const http = new HttpClient();
  let current: Promise<Token> | undefined;

  const failed = (kind: 'not-configured' | 'denied', message: string): SourceError =>
    new SourceError(kind, { account, message, remedy: loginRemedy(options) });
  const read = async (): Promise<Token> => {
    try {
      return await READERS[options.origin]({ options, tokenUrl, surroundings, http, failed });
    } catch (error) {
      throw error instanceof SourceError ? error : toSourceError(error, account, failed);
    }
  };
  return {
    async token() {
      const known = await current?.catch(() => undefined);
      if (known && known.staleAt > clock.now()) return known.value;
      current = read();
      return (await current).value;
    },
    forget: () => {
      current = undefined;
    },
    close: () => http.close(),
  };
}

interface Reading {
  options: Options;
  tokenUrl: string;
  surroundings: Surroundings;
  http: HttpClient;
  failed(kind: 'not-configured' | 'denied', message: string): SourceError;
}

const READERS: Record<Options['origin'], (reading: Reading) => Promise<Token>> = {
  async file(reading) {
    const content = await textOf(reading);
    let json: Record<string, unknown>;
    try {
      json = JSON.parse(content);
    } catch {
      // The parser's message would quote the file.
      throw reading.failed('not-configured', `${reading.options.file}: it is not JSON`);
    }
    const client = await clientOf(json, reading);
    const { token } = await client.getAccessToken();
    if (!token) throw reading.failed('denied', 'Google gave no access token');
    const expires = client.credentials.expiry_date ?? 0;
    const now = reading.surroundings.clock.now();
    return { value: token, staleAt: Math.max(expires - RENEW_MS, now + REREAD_MS) };
  },
  async 'token-file'(reading) {
    const value = (await textOf(reading)).trim();
    if (!/^[\x21-\x7e]+$/.test(value))
      throw reading.failed('not-configured', `${reading.options.file}: it holds no access token`);
    return { value, staleAt: reading.surroundings.clock.now() + REREAD_MS };
  },
  /** `gcloud config config-helper` is made for other tools that need a token. */
  async gcloud({ surroundings, failed }) {
    const { code, stdout, stderr } = await surroundings
      .run('gcloud', ['config', 'config-helper', '--format=json', '--quiet'], {
        signal: AbortSignal.timeout(MINUTE),
      })
      .catch(() => {
        throw failed('not-configured', 'gcloud: it cannot be run');
      });
    const answer = code === 0 ? GcloudToken.safeParse(parseJson(stdout)) : undefined;
    if (!answer?.success)
      throw failed('denied', `gcloud gave no access token: ${oneLine(stderr, 200) || code}`);
    const { access_token: value, token_expiry: expiry } = answer.data.credential;
    return { value, staleAt: (Date.parse(expiry ?? '') || 0) - RENEW_MS };
  },
  async metadata({ surroundings }) {
    const path = 'instance/service-accounts/default/token';
    const answer = MetadataToken.parse(JSON.parse(await metadataOf(path, surroundings)));
    const now = surroundings.clock.now();
    return { value: answer.access_token, staleAt: now + answer.expires_in * 1000 - RENEW_MS };
  },
};

const GcloudToken = z.object({
  credential: z.object({ access_token: z.string().min(1), token_expiry: z.string().optional() }),
});
const MetadataToken = z.object({ access_token: z.string().min(1), expires_in: z.number() });

/** Google's library signs in by any kind of file; it is loaded when there is one. */
async function clientOf(
  json: Record<string, unknown>,
  { tokenUrl, http }: Reading,
): Promise<AuthClient> {
  // The library is CommonJS: once bundled, it has no names but as its default.
  const { GoogleAuth, JWT, UserRefreshClient } = (await import('google-auth-library')).default;
  const word = (name: string) => {
    const value = json[name];
    return typeof value === 'string' ? { [name]: value } : {};
  };
  const options = {
    transporter: transporterOf(http, tokenUrl),
    useAuthRequestParameters: false,
  } as UserRefreshClientOptions;
  if (json.type === 'authorized_user') {
    const client = new UserRefreshClient(options);
    client.fromJSON({
      ...word('type'),
      ...word('client_id'),
      ...word('client_secret'),
      ...word('refresh_token'),
    });
    return client;
  }
  if (json.type === 'service_account') {
    const client = new JWT({ ...options, scopes: SCOPES });
    client.fromJSON({
      ...word('type'),
      ...word('client_email'),
      ...word('private_key'),
      ...word('private_key_id'),
    });
    return client;
  }
  // Federated and impersonated ones: rare, and with requests of their own.
  return new GoogleAuth({ scopes: SCOPES }).fromJSON(json);
}

/**
 * Makes the library's requests in its place, which are a form sent to the token endpoint: its own
 * HTTP client would bring `fetch` along, some 20 MB of memory for a request an hour.
 */
function transporterOf(http: HttpClient, tokenUrl: string) {
  return {
    async request({ data }: { data?: URLSearchParams }) {
      const body = String(data ?? '');
      const answer = await http.ask(tokenUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(Buffer.byteLength(body)),
        },
        body,
        signal: AbortSignal.timeout(20_000),
      });
      const { statusCode: status = 0 } = answer;
      const value = parseJson(await text(answer)) as Record<string, unknown> | undefined;
      if (status === 200 && value) return { data: value, status };
      throw new TokenRefused(status, value);
    },
  };
}

class TokenRefused extends Error {
  readonly status: number;

  constructor(status: number, answer: Record<string, unknown> | undefined) {
    const { error, error_description: description } = answer ?? {};
    const words = [error, description].filter((word) => typeof word === 'string').join(': ');
    super(`Google gave no access token (status ${status}${words && `: ${oneLine(words, 200)}`})`);
    this.status = status;
  }
}

/** What signing in failed with. The error itself is not kept: it may hold what was sent. */
function toSourceError(error: unknown, account: string, failed: Reading['failed']): SourceError {
  const status = statusOf(error);
  const message = error instanceof Error ? oneLine(error.message, 300) : String(error);
  if (status !== undefined && status >= 400 && status < 500 && status !== 429)
    return failed('denied', message);
  // The library's own words of a file that it cannot use.
  if (
    status === undefined &&
    (error as NodeJS.ErrnoException).code === undefined &&
    !isTimeout(error)
  )
    return failed('not-configured', message);
  const { happened, remedy } = networkFailure(error);
  return new SourceError(status === 429 ? 'throttled' : 'unreachable', {
    account,
    message: status === undefined ? `Signing in to Google: ${happened}` : message,
    remedy: remedy ?? 'Burnrate tries again by itself. Check the network, the VPN and the proxy.',
  });
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && /^(Timeout|Abort)Error$/.test(error.name);
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof TokenRefused) return error.status;
  const { response } = error as { response?: { status?: unknown } };
  return typeof response?.status === 'number' ? response.status : undefined;
}

async function textOf({ options: { file = '' }, surroundings, failed }: Reading): Promise<string> {
  const content = await surroundings.readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw failed('not-configured', `${file}: it cannot be read (${error.code})`);
  });
  if (content === undefined) throw failed('not-configured', `${file}: it is no longer there`);
  return content;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
