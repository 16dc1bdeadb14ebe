import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test's AWS answers to one request; `hang` never answers, `cut` breaks off half-way. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body: string }
  | 'hang'
  | 'cut';

/** One request, as the handlers see it. */
export interface Ask {
  action: string;
  region: string;
  parameters: URLSearchParams | Record<string, unknown>;
}

export type Handlers = Record<string, (ask: Ask) => Reply>;

/** An HTTP server that speaks AWS's protocols: query with XML, JSON by target, and REST (Batch). */
export interface AwsServer {
  url: string;
  /** Every request that came, in order. */
  asked: Ask[];
  /** Replaces handlers while it runs. */
  on(handlers: Handlers): void;
  close(): Promise<void>;
}

/** Handlers are named by action; `*` answers what no other does. */
export async function startAws(initial: Handlers): Promise<AwsServer> {
  let handlers = initial;
  const asked: Ask[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const ask = parse(request, Buffer.concat(chunks).toString('utf8'));
    asked.push(ask);
    const handler = handlers[ask.action] ?? handlers['*'];
    const reply = handler
      ? handler(ask)
      : failure(400, 'InvalidAction', `this server does not know ${ask.action}`);
    if (reply === 'hang') return;
    if (reply === 'cut') {
      response.writeHead(200, { 'Content-Type': 'text/xml', 'Content-Length': '100000' });
      response.write('<?xml version="1.0"?><DescribeInstancesResponse><reservationSet><item>');
      setTimeout(() => response.destroy(), 20);
      return;
    }
    response.writeHead(reply.status ?? 200, { 'Content-Type': 'text/xml', ...reply.headers });
    response.end(reply.body);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    on: (more) => {
      handlers = { ...handlers, ...more };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Batch's operations, by whose names its paths are made. */
const BATCH = ['DescribeJobQueues', 'ListJobs', 'DescribeJobs', 'TerminateJob'];

function parse(request: IncomingMessage, body: string): Ask {
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '');
  const region = scope?.[1] ?? '';
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string')
    return { action: target.split('.').at(-1) ?? '', region, parameters: JSON.parse(body) };
  const operation = BATCH.find((name) => request.url === `/v1/${name.toLowerCase()}`);
  if (operation) return { action: operation, region, parameters: JSON.parse(body || '{}') };
  const parameters = new URLSearchParams(body);
  return { action: parameters.get('Action') ?? '', region, parameters };
}

/** An EC2 error, as the query protocol says it. */
export function failure(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  return {
    status,
    headers,
    body: `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>0f4d0f1e-0000-4000-8000-000000000000</RequestID></Response>`,
  };
}

/** A successful EC2 answer with this content. */
export function xml(action: string, content: string): Reply {
  return {
    body: `<?xml version="1.0" encoding="UTF-8"?><${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>0f4d0f1e-0000-4000-8000-000000000000</requestId>${content}</${action}Response>`,
  };
}

export function json(value: unknown): Reply {
  return {
    headers: { 'Content-Type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(value),
  };
}

export function identity(arn: string, userId = 'AIDAEXAMPLE'): Reply {
  const account = /::(\d+):/.exec(arn)?.[1] ?? '';
  return {
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>${userId}</UserId><Account>${account}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>0f4d0f1e-0000-4000-8000-000000000000</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
  };
}
