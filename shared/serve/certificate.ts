import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { PlainFailure } from '../cli/exit_codes.ts';

/** A certificate and its key, as TLS takes them. */
export interface Identity {
  cert: Buffer;
  key: Buffer;
}

/** How often the files are looked at: what renews a certificate replaces them, by whatever means. */
const LOOK_EVERY_MS = 5_000;

/** The server's certificate, read anew when its files change; the last good pair stays in force. */
export class Certificate {
  readonly #files: { cert: string; key: string };
  readonly #onChange: (identity: Identity) => void;
  readonly #onMistake: (message: string) => void;
  readonly #timer: NodeJS.Timeout;
  #identity: Identity;
  #parsed: X509Certificate;
  #said: string | undefined;

  /** Throws PlainFailure where the pair cannot be used. */
  constructor(
    files: { cert: string; key: string },
    on: { change: (identity: Identity) => void; mistake: (message: string) => void },
  ) {
    this.#files = files;
    this.#onChange = on.change;
    this.#onMistake = on.mistake;
    try {
      [this.#identity, this.#parsed] = readPair(files);
    } catch (error) {
      throw new PlainFailure(mistakeIn(files, error), 2);
    }
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** When it is no longer valid: ms since the epoch. */
  get expiresAt(): number {
    return Date.parse(this.#parsed.validTo);
  }

  /** Whether the certificate is for this name. */
  names(host: string): boolean {
    return this.#parsed.checkHost(host) !== undefined;
  }

  /** Reads the files again, and hands on what has changed. */
  look(): void {
    try {
      const [identity, parsed] = readPair(this.#files);
      this.#said = undefined;
      if (identity.cert.equals(this.#identity.cert) && identity.key.equals(this.#identity.key))
        return;
      this.#identity = identity;
      this.#parsed = parsed;
      this.#onChange(identity);
    } catch (error) {
      // Files that are just being replaced do not fit each other; one that stays so is said once.
      const message = mistakeIn(this.#files, error);
      if (message === this.#said) return;
      this.#said = message;
      this.#onMistake(`${message} The certificate of before stays in force.`);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function readPair(files: { cert: string; key: string }): [Identity, X509Certificate] {
  const identity = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
  const parsed = new X509Certificate(identity.cert);
  if (!parsed.checkPrivateKey(createPrivateKey(identity.key))) {
    throw new Error(`the key ${files.key} is not that of the certificate ${files.cert}`);
  }
  // What OpenSSL itself would refuse, such as a chain that is cut off, is refused here.
  createSecureContext(identity);
  return [identity, parsed];
}

function mistakeIn(files: { cert: string; key: string }, error: unknown): string {
  return `The certificate (${files.cert}, ${files.key}) cannot be used: ${(error as Error).message}.`;
}
