import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { exposition } from './exposition.ts';

/**
 * A program: so many dcgm-exporters of eight GPUs, each on a port of its own, as the first argument
 * says. Prints their addresses as JSON when all listen. Like promhttp they compress where asked to.
 */
const count = Number(process.argv[2] ?? 10);
const text = exposition(8).toString();

const addresses = await Promise.all(
  Array.from({ length: count }, async (_, index) => {
    // Machines and GPUs of its own: nothing that was read before is read again.
    const id = String(index).padStart(4, '0');
    const plain = Buffer.from(
      text.replaceAll('gpu-node-17', `gpu-node-${id}`).replaceAll('604ac76c', `604a${id}`),
    );
    const packed = gzipSync(plain);
    const server = createServer((request, response) => {
      const gzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
      const body = gzip ? packed : plain;
      response.writeHead(200, {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        'content-length': body.length,
        ...(gzip && { 'content-encoding': 'gzip' }),
      });
      response.end(body);
    });
    server.keepAliveTimeout = 120_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('it does not listen');
    return `127.0.0.1:${address.port}`;
  }),
);
process.stdout.write(`${JSON.stringify(addresses)}\n`);
