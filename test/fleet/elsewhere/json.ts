import type { IncomingMessage } from 'node:http';
import { type Listening, listen } from '../listen.ts';

/** One request to a service that speaks JSON. */
export interface Asked {
  /** `GET /instances`, without the query. */
  call: string;
  query: URLSearchParams;
  body: unknown;
}

export interface Told {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** A service that speaks JSON; what it does not know is not found. */
export function tell(answer: (asked: Asked) => Told | undefined): Promise<Listening> {
  return listen(async (request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://fleet');
    const call = `${request.method} ${decodeURIComponent(pathname)}`;
    const body = await bodyOf(request);
    const {
      status = 200,
      headers = {},
      body: told,
    } = answer({ call, query, body }) ?? {
      status: 404,
      body: { message: 'not found', code: 404 },
    };
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(told));
  });
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}
