import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Clock } from '../../model/time.ts';
import type { Received } from './received.ts';
import { type Encoding, readRequest, writeResponse, writeStatus } from './wire.ts';

const unzip = promisify(gunzip);

/** A thousand GPUs with twenty figures each are some 4 MB. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A sender on this machine has its message out at once. */
const SENT_WITHIN_MS = 10_000;
const MAX_CONNECTIONS = 256;

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;

const TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

const METRICS_ONLY =
  'Burnrate takes metrics only: set OTEL_EXPORTER_OTLP_METRICS_ENDPOINT instead of OTEL_EXPORTER_OTLP_ENDPOINT';

/** Why a request is not taken. */
class Refusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Listens for OTLP over HTTP on 127.0.0.1. Rejects with the system's error where it cannot.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function listen(
  port: number,
  { received, clock }: { received: Received; clock: Clock },
): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(request, response, received, clock);
  });
  server.requestTimeout = SENT_WITHIN_MS;
  server.headersTimeout = SENT_WITHIN_MS;
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A collector that has nothing else to do must be able to end.
  return server.unref();
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  received: Received,
  clock: Clock,
): Promise<void> {
  const encoding = encodingOf(request);
  const reply = (status: number, body: Buffer, headers = {}) => {
    const type = TYPES[encoding ?? 'json'];
    const closes = request.complete ? {} : { connection: 'close' };
    response.writeHead(status, { 'content-type': type, ...closes, ...headers }).end(body);
  };
  try {
    check(request, encoding);
    const body = await bodyOf(request);
    const refused = received.take(decode(body, encoding ?? 'protobuf'), clock.now());
    const partial = refused && {
      rejectedDataPoints: refused.points,
      errorMessage: refused.because,
    };
    reply(200, writeResponse(partial, encoding ?? 'protobuf'));
  } catch (error) {
    if (response.destroyed) return;
    const { status, code, message } =
      error instanceof Refusal
        ? error
        : new Refusal(500, INVALID_ARGUMENT, `Burnrate itself failed: ${String(error)}`);
    const headers = status === 405 ? { allow: 'POST' } : {};
    reply(status, writeStatus({ code, message }, encoding ?? 'json'), headers);
  }
}

/** Refuses what is no exporter's request for metrics before anything of it is read. */
function check({ headers, method, url }: IncomingMessage, encoding: Encoding | undefined): void {
  // A web page may have its own name lead here, and carries that name, or says where it is from.
  const isHere = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(headers.host ?? '');
  if (!isHere || headers.origin !== undefined || headers['sec-fetch-site'] !== undefined)
    throw new Refusal(403, PERMISSION_DENIED, 'send to 127.0.0.1, from a program of this machine');
  const path = (url ?? '').split('?', 1)[0]?.replace(/\/+$/, '');
  if (path !== '/v1/metrics')
    throw /^\/(v1|v1development)\/(traces|logs|profiles)$/.test(path ?? '')
      ? new Refusal(404, UNIMPLEMENTED, METRICS_ONLY)
      : new Refusal(404, NOT_FOUND, 'metrics are taken at /v1/metrics');
  if (method !== 'POST') throw new Refusal(405, UNIMPLEMENTED, 'metrics are sent by POST');
  if (!encoding)
    throw new Refusal(
      415,
      INVALID_ARGUMENT,
      'send application/x-protobuf or application/json: OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    );
  const { 'content-length': length = '0', 'content-encoding': compression = 'identity' } = headers;
  if (Number(length) > MAX_BYTES) throw tooLarge();
  if (!/^(identity|gzip)$/i.test(compression))
    throw new Refusal(415, INVALID_ARGUMENT, `${compression} cannot be read; compress by gzip`);
}

function encodingOf({ headers }: IncomingMessage): Encoding | undefined {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === TYPES.protobuf) return 'protobuf';
  return type === TYPES.json ? 'json' : undefined;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if ((request.headers['content-encoding'] ?? '').toLowerCase() !== 'gzip') return body;
  try {
    return await unzip(body, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Refusal(400, INVALID_ARGUMENT, 'the body is said to be gzip, and is not');
  }
}

function decode(body: Buffer, encoding: Encoding) {
  try {
    return readRequest(body, encoding);
  } catch {
    // The reason would quote the body; what was expected says enough.
    throw new Refusal(
      400,
      INVALID_ARGUMENT,
      `the body is no ExportMetricsServiceRequest in ${encoding}`,
    );
  }
}

function tooLarge(): Refusal {
  const most = `${MAX_BYTES / 1024 / 1024} MB`;
  return new Refusal(413, RESOURCE_EXHAUSTED, `more than ${most} at once; send smaller batches`);
}
