import type { Duplex } from 'node:stream';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { Paths } from '../config/paths.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { LaunchSpec } from './launch.ts';
import { CollectorUnavailable, reachCollector } from './launch.ts';
import { methodOf, PROTOCOL_VERSION } from './names.ts';
import type { Hello, Welcome } from './protocol.ts';

/** What a face says of itself; the protocol's version is this build's. */
export type FaceHello = Omit<Hello, 'protocol'> & { protocol?: number };

/** What a face does with a connection: a bare one, or VS Code's language client around it. */
export interface Conversation {
  sendRequest(method: string, params: unknown): Promise<unknown>;
  onNotification(method: string, listener: (params: Snapshot) => void): unknown;
  dispose(): unknown;
}

export interface Greeted {
  /** The local socket, or what carries the conversation to another machine. */
  socket: Duplex;
  connection: Conversation;
  welcome: Welcome;
}

export interface ReachOptions {
  hello: FaceHello;
  paths: Paths;
  launch: LaunchSpec;
  /** How long to wait for a collector to answer, its start included. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

const REACH_DEADLINE_MS = 20_000;

/**
 * Reaches the collector and shakes hands. One that speaks an older protocol than this face is
 * asked to retire, and a new one is started in its place. `prepare` sees each connection before
 * anything is sent or received on it. Rejects with CollectorUnavailable, also where this face is
 * the older one: the message then tells to update.
 */
export async function greetCollector(
  options: ReachOptions,
  prepare: (connection: Conversation) => void = () => {},
): Promise<Greeted> {
  const protocol = options.hello.protocol ?? PROTOCOL_VERSION;
  const until = Date.now() + (options.deadlineMs ?? REACH_DEADLINE_MS);
  for (;;) {
    const deadlineMs = Math.max(1000, until - Date.now());
    const socket = await reachCollector({ ...options, deadlineMs });
    const greeted = await greet(socket, { ...options.hello, protocol }, deadlineMs, prepare);
    if (greeted && greeted.welcome.protocol >= protocol) return greeted;
    if (greeted) await retire(greeted, `a face of protocol ${protocol} takes over`);
    if (Date.now() >= until) {
      throw new CollectorUnavailable(
        `The Burnrate collector kept closing the connection. Its log: ${options.paths.log}`,
      );
    }
  }
}

/**
 * Shakes hands on a connection. Undefined where the collector closed it before it answered: it was
 * just ending.
 */
export async function greet(
  socket: Duplex,
  hello: Hello,
  deadlineMs: number,
  prepare: (connection: MessageConnection) => void,
): Promise<Greeted | undefined> {
  const connection = createMessageConnection(
    new StreamMessageReader(socket),
    new StreamMessageWriter(socket),
  );
  const closed = new Promise<undefined>((resolve) => {
    socket.once('close', () => resolve(undefined));
    connection.onError(() => socket.destroy());
  });
  prepare(connection);
  connection.listen();
  const timer = setTimeout(() => socket.destroy(), deadlineMs);
  try {
    const answer = await Promise.race([
      closed,
      connection.sendRequest('initialize', {
        processId: process.pid,
        rootUri: null,
        capabilities: {},
        clientInfo: { name: `burnrate ${hello.face}`, version: hello.version },
        initializationOptions: hello,
      }),
    ]);
    if (answer === undefined) return undefined;
    const welcome = welcomeIn(answer);
    await connection.sendNotification('initialized', {});
    return { socket, connection, welcome };
  } catch (error) {
    if (socket.destroyed || socket.readableEnded) return undefined;
    socket.destroy();
    throw new CollectorUnavailable(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The welcome within the answer to `initialize`. */
export function welcomeIn(answer: unknown): Welcome {
  const info = (answer as { serverInfo?: { burnrate?: Partial<Welcome> } } | undefined)?.serverInfo;
  const { protocol, version, pid, serving } = info?.burnrate ?? {};
  if (Number.isInteger(protocol) && typeof version === 'string' && Number.isInteger(pid))
    return {
      protocol: Number(protocol),
      version,
      pid: Number(pid),
      ...(typeof serving === 'string' && { serving }),
    };
  throw new CollectorUnavailable(
    "What answers at the collector's socket is no Burnrate collector.",
  );
}

/** Asks the collector to end, and waits until it has closed the connection. */
export async function retire({ socket, connection }: Greeted, reason: string): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await connection.sendRequest(methodOf('retire'), { reason }).catch((error: unknown) => {
    // It may end before its answer leaves; a live one that refuses is a failure to tell.
    if (!socket.destroyed) throw error;
  });
  const timer = setTimeout(() => socket.destroy(), 5_000);
  await closed;
  clearTimeout(timer);
}
