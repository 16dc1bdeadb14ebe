import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import type { Connection, Surroundings } from '@burnrate/shared/sources/source.ts';
import { bareMachine } from '../bare.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server in an exporter's place. */
export interface Exporter {
  /** `127.0.0.1:41234` */
  address: string;
  /** Requests that came, and connections that they came over. */
  asked: IncomingMessage[];
  connections: number;
  /** Answers differently from now on. */
  on(handler: Handler): void;
  close(): Promise<void>;
}

export async function startExporter(initial: Handler): Promise<Exporter> {
  let handler = initial;
  const server = createServer((request, response) => {
    exporter.asked.push(request);
    handler(request, response);
  });
  server.on('connection', () => {
    exporter.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const exporter: Exporter = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    connections: 0,
    on: (next) => {
      handler = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return exporter;
}

/** The account of these exporters, opened. */
export async function openExporters(
  settings: Record<string, unknown>,
  surroundings: Surroundings = bareMachine(),
): Promise<Connection> {
  const parsed = dcgm.settings.parse(settings);
  const [account] = (await dcgm.discover(surroundings, parsed)).accounts;
  if (!account) throw new Error('no account');
  return dcgm.open(account, surroundings, parsed);
}

export function metrics(body: string): Handler {
  return (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(body);
  };
}

export function zipped(body: string): Handler {
  return (request, response) => {
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding'])))
      return metrics(body)(request, response);
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' });
    response.end(gzipSync(body));
  };
}

export function status(code: number, headers: Record<string, string> = {}, body = ''): Handler {
  return (_, response) => {
    response.writeHead(code, headers);
    response.end(body);
  };
}

export const hang: Handler = () => undefined;

/** What an exporter writes of one GPU, family by family. */
export function gpu(
  values: Record<string, string | number>,
  labels: Record<string, string> = {},
): string {
  const all = {
    gpu: '0',
    UUID: 'GPU-0',
    device: 'nvidia0',
    modelName: 'NVIDIA H100',
    Hostname: 'node1',
    ...labels,
  };
  const block = Object.entries(all)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
  return Object.entries(values)
    .map(([family, value]) => `# TYPE ${family} gauge\n${family}{${block}} ${value}\n`)
    .join('');
}
