import type { IncomingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startExporter } from '../dcgm/exporter.ts';

/** What a test's server answers; `hang` never does, `cut` breaks off half-way. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body: string | Buffer }
  | 'hang'
  | 'cut';

/** One request, as handlers see it. */
export interface Ask {
  /** `POST /api/v1/query` */
  call: string;
  headers: IncomingHttpHeaders;
  /** The form in its body. */
  form: URLSearchParams;
}

/** An HTTP server in the place of a Prometheus. */
export interface Server {
  /** `http://127.0.0.1:41234` */
  url: string;
  asked: Ask[];
  close(): Promise<void>;
}

export async function startServer(handler: (ask: Ask) => Reply): Promise<Server> {
  const asked: Ask[] = [];
  const server = await startExporter((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      const ask = { call: `${request.method} ${request.url}`, headers: request.headers, form };
      asked.push(ask);
      const reply = handler(ask);
      if (reply === 'hang') return;
      if (reply === 'cut') {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100000' });
        response.write('{"status":"success","data":{"resultType":"matrix","result":[{"met');
        setTimeout(() => response.destroy(), 20);
        return;
      }
      const { status = 200, headers, body } = reply;
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(body);
    });
  });
  return { url: `http://${server.address}`, asked, close: () => server.close() };
}

/** A series: labels with `__name__`, and readings as seconds and text, oldest first. */
export type Series = [metric: Record<string, string>, ...values: [number, string][]];

/**
 * The answer to a query whose result is a range vector.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#range-vectors
 */
export function matrix(series: readonly Series[], more: Record<string, unknown> = {}): Reply {
  const result = series.map(([metric, ...values]) => ({ metric, values }));
  const data = { resultType: 'matrix', result };
  return { body: JSON.stringify({ status: 'success', data, ...more }) };
}

/** The same, compressed as a server does for who accepts it. */
export function zipped(reply: Exclude<Reply, string>): Reply {
  return { ...reply, headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(reply.body) };
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview */
export function failed(
  status: number,
  errorType: string,
  error: string,
  headers: Record<string, string> = {},
): Reply {
  return { status, headers, body: JSON.stringify({ status: 'error', errorType, error }) };
}

const NOW = Math.floor(Date.now() / 1000);

/** A GPU of NVIDIA's, as a Prometheus has it that scrapes an exporter on a machine of its own. */
export function gpu(
  values: Record<string, string | number>,
  labels: Record<string, string> = {},
  at = NOW,
): Series[] {
  return Object.entries(values).map(([name, value]) => [
    {
      __name__: name,
      gpu: '0',
      UUID: 'GPU-0',
      device: 'nvidia0',
      modelName: 'NVIDIA H100',
      Hostname: 'node1',
      instance: 'node1:9400',
      job: 'dcgm',
      ...labels,
    },
    [at - 15, '1'],
    [at, String(value)],
  ]);
}
