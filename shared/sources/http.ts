import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent, request as requestSecurely } from 'node:https';
import { addAbortSignal } from 'node:stream';
import { createGunzip } from 'node:zlib';

export interface HttpRequest {
  /** Default: GET. Any other must be harmless to send twice. */
  method?: string;
  headers: Record<string, string | string[]>;
  body?: string;
  signal: AbortSignal;
}

/**
 * Fetches over connections that stay open, one a host unless told otherwise. Node's own client: a second one, with a
 * parser of its own, would hold some 20 MB of a collector's memory.
 */
export class HttpClient {
  readonly #plain: HttpAgent;
  readonly #secure: HttpsAgent;

  /** `options`: how many connections, and whom to trust. */
  constructor(options: AgentOptions = {}) {
    this.#plain = new HttpAgent({ keepAlive: true, maxSockets: 1, ...options });
    this.#secure = new HttpsAgent({ keepAlive: true, maxSockets: 1, ...options });
  }

  /** The answer once its headers are there; redirects are answers like any other. */
  async ask(url: string, options: HttpRequest): Promise<IncomingMessage> {
    for (;;) {
      const asked = this.#ask(url, options);
      try {
        return await answerOf(asked, options);
      } catch (error) {
        // The other end closed an idle connection at the moment of its use: no fault of anybody's.
        const stale = asked.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
        if (!stale || options.signal.aborted) throw error;
      }
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #ask(url: string, { method = 'GET', headers, signal }: HttpRequest): ClientRequest {
    const options = { method, headers, signal };
    return url.startsWith('https:')
      ? requestSecurely(url, { ...options, agent: this.#secure })
      : request(url, { ...options, agent: this.#plain });
  }
}

function answerOf(asked: ClientRequest, { body, signal }: HttpRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Stays for later errors, too: those of the body are told by the body.
    asked.on('error', reject);
    asked.once('response', (answer) => resolve(addAbortSignal(signal, answer)));
    asked.end(body);
  });
}

/** Whether what was answered is a page for people: a proxy's, or one to sign in. */
export function looksLikeHtml(beginning: Buffer): boolean {
  return /^[\s\ufeff]*<(!|html|head|body|\?xml)/i.test(beginning.toString('utf8', 0, 256));
}

/** The body as it was before it was compressed, where `accept-encoding` asked for gzip. */
export function decoded(answer: IncomingMessage): AsyncIterable<Buffer> {
  const encoding = answer.headers['content-encoding'];
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return answer;
  const gunzip = createGunzip();
  answer.on('error', (error) => gunzip.destroy(error));
  return answer.pipe(gunzip);
}
