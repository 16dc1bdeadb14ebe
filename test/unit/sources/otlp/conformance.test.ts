import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { otlp } from '@burnrate/shared/sources/otlp/index.ts';
import type { Settings } from '@burnrate/shared/sources/otlp/settings.ts';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { encode, requestOf } from './messages.ts';

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createSocket().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function site(): Promise<Site<Settings>> {
  const settings = otlp.settings.parse({ enabled: true, port: await freePort() });
  return { surroundings: bareMachine(), settings };
}

/** A site whose port another program has. */
async function taken(answers: boolean): Promise<Site<Settings>> {
  const server = createServer((_, response) =>
    answers
      ? response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      : response.writeHead(404).end(),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    surroundings: bareMachine(),
    settings: otlp.settings.parse({ enabled: true, port }),
    dispose: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

conformance('otlp', {
  source: otlp,
  empty: () => ({ surroundings: bareMachine() }),
  ready: site,
  troubles: { 'not-configured': () => taken(false) },
});

async function opened(place: Site<Settings>) {
  const settings = place.settings ?? otlp.settings.parse(undefined);
  const [account] = (await otlp.discover(place.surroundings, settings)).accounts;
  if (!account) throw new Error('no account');
  return { account, connection: otlp.open(account, place.surroundings, settings), settings };
}

const telemetry = () => ({
  what: new Set(['telemetry'] as const),
  wanted: [],
  signal: AbortSignal.timeout(5_000),
});

test('what is sent is there at the next look, and again at the one after', async () => {
  const { connection, settings } = await opened(await site());
  try {
    await connection.observe(telemetry());
    const sent = await fetch(`http://127.0.0.1:${settings.port}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(
        encode('Request', requestOf({ name: 'burnrate.steps', value: 9, at: Date.now() })),
      ),
    });
    expect(sent.status).toBe(200);
    for (const _ of [1, 2]) {
      const { progress } = await connection.observe(telemetry());
      expect(progress).toMatchObject([{ counter: 'steps', value: 9 }]);
    }
  } finally {
    await connection.close?.();
  }
});

test.each([
  [true, /taken by an OpenTelemetry collector/],
  [false, /taken by another program/],
])('a port that is taken (by a collector: %s) is said, and tried again', async (answers, said) => {
  const place = await taken(answers);
  const { connection } = await opened(place);
  try {
    const failed = await connection.observe(telemetry()).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SourceError);
    expect((failed as SourceError).message).toMatch(said);
    expect((failed as SourceError).remedy).toContain('sources.otlp.port');
    await place.dispose?.();
    await expect(connection.observe(telemetry())).resolves.toMatchObject({ samples: [] });
  } finally {
    await connection.close?.();
  }
});
