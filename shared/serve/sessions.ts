import { randomBytes } from 'node:crypto';
import type { Token, Tokens } from './tokens.ts';

/** A browser that has signed in stays so for a working day. */
const LASTS_MS = 12 * 60 * 60_000;
/** The oldest of more than this many has to sign in again. */
const MOST_SESSIONS = 1_000;

/**
 * Browsers that have shown a token. They hold a cookie that no script can read and no other site
 * can use; what it means is known here alone, and ends with the process and with the token.
 */
export class Sessions {
  readonly #tokens: Tokens;
  readonly #secure: boolean;
  readonly #now: () => number;
  readonly #sessions = new Map<string, { token: Token; until: number }>();

  /** `secure`: the browser speaks TLS, to this server or to a proxy before it. */
  constructor(tokens: Tokens, secure: boolean, now: () => number = () => performance.now()) {
    this.#tokens = tokens;
    this.#secure = secure;
    this.#now = now;
  }

  /** Begins one; answers the Set-Cookie header. */
  begin(token: Token): string {
    const id = randomBytes(32).toString('base64url');
    this.#sessions.set(id, { token, until: this.#now() + LASTS_MS });
    const [oldest = ''] = this.#sessions.keys();
    if (this.#sessions.size > MOST_SESSIONS) this.#sessions.delete(oldest);
    return this.#cookie(id, LASTS_MS / 1000);
  }

  /** Whose session the request's cookie is; undefined where it is none, or no longer. */
  whose(cookies: string | undefined): Token | undefined {
    const id = cookieIn(cookies, this.#name);
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (!id || !session) return undefined;
    if (session.until > this.#now() && this.#tokens.still(session.token)) return session.token;
    this.#sessions.delete(id);
    return undefined;
  }

  /** Ends it; answers the Set-Cookie header that makes the browser forget it. */
  end(cookies: string | undefined): string {
    this.#sessions.delete(cookieIn(cookies, this.#name) ?? '');
    return this.#cookie('', 0);
  }

  /** The prefix has browsers take it only over TLS, and for this very host and no other. */
  get #name(): string {
    return this.#secure ? '__Host-burnrate' : 'burnrate';
  }

  #cookie(value: string, seconds: number): string {
    const secure = this.#secure ? '; Secure' : '';
    return `${this.#name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
  }
}

/** The value of a cookie in a request's header; undefined where it is not there. */
function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [key, value] = part.split('=', 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}
