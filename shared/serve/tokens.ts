import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { PlainFailure } from '../cli/exit_codes.ts';
import { thisUser } from '../config/this_user.ts';

/** What a token allows: to look, or also to stop jobs and to answer alerts. */
export const ROLES = ['view', 'stop'] as const;
export type Role = (typeof ROLES)[number];

/** One line of the token file. */
export interface Token {
  name: string;
  role: Role;
  /** SHA-256 of the secret: equal in length for every token, so that comparing takes equal time. */
  digest: Buffer;
}

/** Shorter ones could be guessed. */
const SHORTEST_SECRET = 24;
const HASHED = /^sha256:([0-9a-f]{64})$/i;

/** A line that is no token: where, and what to do. Never says the secret. */
export class TokenMistake extends Error {
  override readonly name = 'TokenMistake';
}

/** A new secret, with a beginning by which scanners of secrets can know it. */
export function newSecret(): string {
  return `burnrate_${randomBytes(32).toString('base64url')}`;
}

/** Reads the text of a token file: `name role secret` a line, `#` begins a comment. */
export function parseTokens(file: string, text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const plain = line.replace(/(^|\s)#.*$/, '').trim();
    if (plain === '') continue;
    const [name = '', role = '', secret = '', ...more] = plain.split(/\s+/);
    const wrong = (what: string) => new TokenMistake(`${file}:${index + 1}: ${what}`);
    if (more.length > 0 || secret === '')
      throw wrong('a line is a name, a role and a token, and nothing else.');
    if (!/^[\w.@-]{1,60}$/.test(name))
      throw wrong('a name has letters, digits and . _ @ - alone, 60 at most.');
    if (!ROLES.includes(role as Role)) throw wrong(`the role of ${name} must be view or stop.`);
    if (tokens.some((one) => one.name === name))
      throw wrong(`${name} has a token already: what was done could not be told apart.`);
    const hashed = HASHED.exec(secret)?.[1];
    if (!hashed && secret.length < SHORTEST_SECRET)
      throw wrong(`the token of ${name} is shorter than ${SHORTEST_SECRET} characters.`);
    const digest = hashed ? Buffer.from(hashed, 'hex') : sha256(secret);
    tokens.push({ name, role: role as Role, digest });
  }
  if (tokens.length === 0) throw new TokenMistake(`${file} holds no token.`);
  return tokens;
}

/** How often the file is looked at: a token that is taken away must not hold for long. */
const LOOK_EVERY_MS = 2_000;

/** Those who may come in, as the file says now; one with a mistake leaves the last ones in force. */
export class Tokens {
  readonly #file: string;
  readonly #on: { change: () => void; mistake: (message: string) => void };
  readonly #timer: NodeJS.Timeout;
  #known: readonly Token[];
  #seen: string;

  /** Throws PlainFailure where the file cannot be used. */
  constructor(file: string, on: { change: () => void; mistake: (message: string) => void }) {
    this.#file = file;
    this.#on = on;
    try {
      this.#known = readTokens(file);
    } catch (error) {
      throw new PlainFailure((error as Error).message, 2);
    }
    this.#seen = stampOf(file);
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Whose secret this is. Every token is compared, in the same time, whether or not one fits. */
  whose(secret: string): Token | undefined {
    const digest = sha256(secret);
    let found: Token | undefined;
    for (const one of this.#known) if (timingSafeEqual(one.digest, digest)) found = one;
    return found;
  }

  /** Whether a token still holds: it may have been taken away, or changed. */
  still(token: Token): boolean {
    return this.#known.some(
      ({ name, role, digest }) =>
        name === token.name && role === token.role && digest.equals(token.digest),
    );
  }

  /** Reads the file again where it has changed. */
  look(): void {
    const stamp = stampOf(this.#file);
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    try {
      this.#known = readTokens(this.#file);
      this.#on.change();
    } catch (error) {
      this.#on.mistake(`${(error as Error).message} The tokens of before stay in force.`);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** Makes the file with a token for each role. Answers false where there is one already. */
export function makeTokenFile(file: string): boolean {
  const text = [
    '# Who may reach this collector: a name, what it may do (view or stop), and its token.',
    '# Instead of a token, sha256: and its hash in hexadecimal will do. Changes take effect at once.',
    `operator stop ${newSecret()}`,
    `viewer view ${newSecret()}`,
    '',
  ].join('\n');
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new PlainFailure(
      `A token file cannot be made: ${(error as Error).message}. Name another with --token-file.`,
      2,
    );
  }
}

/** The token file's contents, if nobody else may read it. */
function readTokens(file: string): readonly Token[] {
  const { mode, uid } = statSync(file);
  // One that an orchestrator mounts belongs to root, and this process reads it by its group.
  const mounted = process.platform !== 'win32' && uid !== thisUser().uid;
  if (process.platform !== 'win32' && mode & (mounted ? 0o027 : 0o077)) {
    throw new TokenMistake(
      `Others may use ${file} (mode ${(mode & 0o777).toString(8)}). Close it with: chmod 600 ${file}`,
    );
  }
  return parseTokens(file, readFileSync(file, 'utf8'));
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'absent';
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
