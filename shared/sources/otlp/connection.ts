import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { counted } from '../../model/count.ts';
import { check } from '../check.ts';
import {
  type Check,
  type Connection,
  type Observation,
  type ObserveRequest,
  SourceError,
  type Surroundings,
} from '../source.ts';
import { Received } from './received.ts';
import { listen } from './server.ts';

const Options = z.object({ port: z.number().int() });

/** A port that this collector itself has just let go is free after a moment. */
const AGAIN_AFTER_MS = 250;
/** A collector of metrics answers an empty message at once. */
const ANSWERS_WITHIN_MS = 1_000;

/** The receiver. It listens from the first observation on. */
export function connect(
  account: Account,
  surroundings: Surroundings,
): Required<Pick<Connection, 'observe' | 'diagnose' | 'close'>> {
  const { port } = Options.parse(account.options);
  const { clock } = surroundings;
  let opened: Promise<{ server: Server; received: Received }> | undefined;
  let closed = false;

  async function receiver(signal: AbortSignal) {
    signal.throwIfAborted();
    if (closed) throw failure('not-configured', 'it was closed', 'Open the account again.');
    opened ??= open(signal);
    try {
      return await opened;
    } catch (error) {
      // Whoever has the port may let it go: the next look tries again.
      opened = undefined;
      throw error;
    }
  }

  async function open(signal: AbortSignal) {
    const received = new Received(await nameOf(surroundings, signal));
    const attempt = () => listen(port, { received, clock });
    try {
      const server = await attempt().catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') throw error;
        await pause(AGAIN_AFTER_MS);
        return attempt();
      });
      return { server, received };
    } catch (error) {
      throw await unable(error as NodeJS.ErrnoException);
    }
  }

  async function unable(error: NodeJS.ErrnoException): Promise<SourceError> {
    const { code, message } = error;
    if (code === 'EADDRINUSE') {
      const who = (await answersMetrics(port)) ? 'an OpenTelemetry collector' : 'another program';
      return failure(
        'not-configured',
        `port ${port} is taken by ${who}`,
        `Set sources.otlp.port in burnrate.yaml to another one, such as ${port + 10}, and OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://127.0.0.1:${port + 10}/v1/metrics where jobs run; or let that collector send metrics on by its otlphttp exporter.`,
      );
    }
    if (code === 'EACCES')
      return failure(
        'denied',
        `this user may not listen on port ${port}`,
        'Set sources.otlp.port in burnrate.yaml to one above 1023.',
      );
    return failure(
      'unreachable',
      `port ${port} of 127.0.0.1 cannot be listened on: ${message}`,
      'Set sources.otlp.port in burnrate.yaml to another one.',
    );
  }

  function failure(kind: SourceError['kind'], message: string, remedy: string): SourceError {
    return new SourceError(kind, { account: account.id, message, remedy });
  }

  async function observe({ what, signal }: ObserveRequest): Promise<Observation> {
    if (!what.has('telemetry')) return { at: clock.now() };
    const { received } = await receiver(signal);
    const at = clock.now();
    return {
      at,
      samples: received.samples(at),
      progress: received.progress(at),
      traffic: received.traffic(at),
    };
  }

  async function diagnose(signal: AbortSignal): Promise<Check[]> {
    let said = '';
    const connected = await check('connect', account.name, async () => {
      const { received } = await receiver(signal.aborted ? AbortSignal.timeout(5_000) : signal);
      const now = clock.now();
      const counters = received.progress(now).length;
      said = `${counted(received.samples(now).length, 'GPU')} and ${counted(counters, 'counter')} are sent here now`;
      return `takes metrics at http://${account.name}/v1/metrics`;
    });
    if (!connected.ok) return [connected];
    return [connected, { capability: 'telemetry', ok: true, message: said }];
  }

  async function close(): Promise<void> {
    closed = true;
    const { server } = (await opened?.catch(() => undefined)) ?? {};
    if (!server?.listening) return;
    const ended = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await ended;
  }

  return { observe, diagnose, close };
}

/** This machine's name; senders on it need not give it. */
async function nameOf({ readFile, run }: Surroundings, signal: AbortSignal): Promise<string> {
  try {
    const fromKernel = (await readFile('/proc/sys/kernel/hostname'))?.trim();
    return fromKernel || (await run('hostname', [], { signal })).stdout.trim() || 'localhost';
  } catch {
    signal.throwIfAborted();
    // No such program: what senders say of themselves must do.
    return 'localhost';
  }
}

/** Whether what listens there takes metrics by OTLP, too. */
async function answersMetrics(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceMetrics":[]}',
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    });
    const text = await answer.text();
    return answer.ok && /^\{.*\}\s*$/s.test(text);
  } catch {
    // It speaks something else, or nothing.
    return false;
  }
}
