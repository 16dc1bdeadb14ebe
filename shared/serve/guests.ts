import type { Attempts } from './attempts.ts';
import type { Token, Tokens } from './tokens.ts';

/** What a request showed to be let in: a token, a cookie, or neither. */
export type Admission =
  | { token: Token }
  /** 429: this address must wait so many ms. */
  | { wait: number }
  /** 401: nothing was shown, or nothing that holds. */
  | { refused: 'absent' | 'wrong' };

/** Looks at a token that an address shows. Wrong ones are counted, and slow the address down. */
export function admit(
  secret: string | undefined,
  address: string,
  { tokens, attempts }: { tokens: Tokens; attempts: Attempts },
): Admission {
  if (secret === undefined) return { refused: 'absent' };
  const wait = attempts.waitOf(address);
  if (wait > 0) return { wait };
  const token = tokens.whose(secret);
  if (token) return { token };
  attempts.failed(address, secret);
  return { refused: 'wrong' };
}

/** The token in an Authorization header; undefined where there is none. */
export function bearerIn(header: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,512})$/i.exec(header ?? '')?.[1];
}

/** Connections that stay, each with the token that opened it: they end when it no longer holds. */
export class Guests {
  readonly #guests = new Map<() => void, Token>();

  get size(): number {
    return this.#guests.size;
  }

  /** Keeps a connection until the result is called; `end` closes it. */
  enter(token: Token, end: () => void): () => void {
    this.#guests.set(end, token);
    return () => this.#guests.delete(end);
  }

  /** Ends those of tokens that no longer hold. */
  review(tokens: Tokens): void {
    for (const [end, token] of this.#guests) if (!tokens.still(token)) end();
  }
}
