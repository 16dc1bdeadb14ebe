import type { Duplex } from 'node:stream';
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import type { ServerCapabilities } from 'vscode-languageserver-protocol';
import { z } from 'zod';
import type { LanguageScene } from '../language/features.ts';
import type { LanguageService } from '../language/server.ts';
import type { Snapshot } from '../model/snapshot.ts';
import {
  Hello,
  methodOf,
  type RequestName,
  requests,
  SNAPSHOT_CHANGED,
  type Welcome,
} from '../protocol/protocol.ts';
import { BoundedReader, BoundedWriter } from './bounded.ts';
import type { Handlers } from './handlers.ts';
import type { Log } from './log.ts';

/** Codes of the JSON-RPC and LSP specifications. */
const INVALID_PARAMS = -32602;
const NOT_INITIALIZED = -32002;
const REQUEST_FAILED = -32803;

/** A connection that has not said what it is by then is closed. */
const HELLO_DEADLINE_MS = 20_000;
/** How long a face that is told goodbye may take to read its last answer. */
const FAREWELL_MS = 300;

export interface FaceOptions {
  handlers: Handlers;
  /** What the prices in an editor's job files rest on; absent where they are not offered. */
  language?: () => LanguageScene;
  welcome: Welcome;
  log: Log;
  /** The present, for a face that has just connected or has fallen behind. */
  latest: () => Snapshot | undefined;
  onHello: () => void;
  onClose: () => void;
}

const InitializeParams = z.object({ initializationOptions: Hello });

const AGEING: Record<Hello['face'], { title: string; remedy: string }> = {
  vscode: { title: 'VS Code window', remedy: 'Reload the window, and update Burnrate if it asks.' },
  tray: { title: 'tray app', remedy: 'Update the tray app and start it again.' },
  browser: { title: 'browser page', remedy: 'Update Burnrate and reload the page.' },
  cli: { title: 'command line', remedy: 'Update the burnrate command.' },
};

/** One face's connection, over whatever carries bytes both ways: its handshake, its requests, and the snapshots it is sent. */
export class FaceConnection {
  readonly #socket: Duplex;
  readonly #connection: MessageConnection;
  readonly #options: FaceOptions;
  #hello: Hello | undefined;
  #language: LanguageService | undefined;
  #ready = false;
  /** A snapshot is on its way, and a newer one waits until it has been taken. */
  #sending = false;
  #behind = false;

  constructor(socket: Duplex, options: FaceOptions) {
    this.#socket = socket;
    this.#options = options;
    const drop = (why: string) => this.#drop(why);
    this.#connection = createMessageConnection(
      new BoundedReader(socket, drop),
      new BoundedWriter(socket, drop),
    );
    const patience = setTimeout(() => drop('did not say what it is'), HELLO_DEADLINE_MS);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(patience);
      this.#connection.dispose();
      options.onClose();
    });
    this.#connection.onRequest('initialize', (params: unknown) => {
      const hello = this.#greet(params);
      clearTimeout(patience);
      return this.#introduce(hello);
    });
    this.#connection.onNotification('initialized', () => {
      this.#ready = this.#hello !== undefined;
      this.push();
    });
    this.#connection.onRequest('shutdown', () => null);
    this.#connection.onNotification('exit', () => {
      socket.end();
    });
    for (const name of Object.keys(requests) as RequestName[]) {
      this.#connection.onRequest(methodOf(name), (params: unknown) => this.#answer(name, params));
    }
    this.#connection.listen();
  }

  /** What it said of itself; undefined until then. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  /**
   * Sends the latest snapshot, one at a time: a face that reads slowly, or never, is sent the
   * latest when it has taken the one before, and costs the memory of one snapshot.
   */
  push(): void {
    if (!this.#ready || this.#socket.destroyed) return;
    this.#language?.changed();
    if (this.#sending) {
      this.#behind = true;
      return;
    }
    const snapshot = this.#options.latest();
    if (!snapshot) return;
    this.#sending = true;
    this.#behind = false;
    this.#connection.sendNotification(SNAPSHOT_CHANGED, snapshot).then(
      () => {
        this.#sending = false;
        if (this.#behind) this.push();
      },
      // The connection was lost while it was written: `close` follows and ends this face.
      () => this.#socket.destroy(),
    );
  }

  /** Closes when what was said has been taken, or soon in any case. */
  close(): void {
    this.#socket.end(() => this.#socket.destroy());
    setTimeout(() => this.#socket.destroy(), FAREWELL_MS).unref();
  }

  #greet(params: unknown): Hello {
    const parsed = InitializeParams.safeParse(params);
    if (!parsed.success) {
      throw new ResponseError(
        INVALID_PARAMS,
        `initializationOptions must say which face this is: ${z.prettifyError(parsed.error)}`,
      );
    }
    const hello = parsed.data.initializationOptions;
    const { welcome } = this.#options;
    if (hello.protocol < welcome.protocol) {
      const { title, remedy } = AGEING[hello.face];
      throw new ResponseError(
        REQUEST_FAILED,
        `This ${title} (Burnrate ${hello.version}) is older than the running collector (${welcome.version}). ${remedy}`,
        { retry: false, protocol: welcome.protocol },
      );
    }
    this.#hello = hello;
    this.#options.onHello();
    return hello;
  }

  async #introduce({ face }: Hello): Promise<unknown> {
    const { welcome } = this.#options;
    const language = face === 'vscode' ? this.#options.language : undefined;
    return {
      capabilities: language ? await this.#speak(language) : { textDocumentSync: 0 },
      serverInfo: { name: 'burnrate', version: welcome.version, burnrate: welcome },
    };
  }

  /** Knows job files from now on. Loaded for editors only: other faces ask nothing of it. */
  async #speak(language: () => LanguageScene): Promise<ServerCapabilities> {
    const { LANGUAGE_CAPABILITIES, LanguageService } = await import('../language/server.ts');
    this.#language = new LanguageService(this.#connection, language);
    return LANGUAGE_CAPABILITIES;
  }

  async #answer(name: RequestName, params: unknown): Promise<unknown> {
    const hello = this.#hello;
    if (!hello) return new ResponseError(NOT_INITIALIZED, 'send initialize first');
    const checked = requests[name].params.safeParse(params ?? {});
    if (!checked.success) {
      return new ResponseError(INVALID_PARAMS, `${name}: ${z.prettifyError(checked.error)}`);
    }
    try {
      const handler = this.#options.handlers[name] as (params: unknown, face: Hello) => unknown;
      return await handler(checked.data, hello);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.log.warn(`${hello.face} asked for ${name}: ${message}`);
      return error instanceof ResponseError ? error : new ResponseError(REQUEST_FAILED, message);
    }
  }

  #drop(why: string): void {
    if (this.#socket.destroyed) return;
    this.#options.log.warn(`closed the connection of ${this.#hello?.face ?? 'a face'}: it ${why}`);
    this.#socket.destroy();
  }
}
