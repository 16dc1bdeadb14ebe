import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { LanguageScene } from '../language/features.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Welcome } from '../protocol/protocol.ts';
import { FaceConnection } from './face.ts';
import { Faces } from './faces.ts';
import type { Handlers } from './handlers.ts';
import type { Log } from './log.ts';

/** What the server needs of the collector. */
export interface Served {
  handlers: Handlers;
  /** What the prices in job files rest on. */
  language: () => LanguageScene;
  /** The present as a snapshot; built only when a face is there to see it. */
  snapshot: () => Snapshot;
  /** Called when a face has come or gone. */
  onFaces: () => void;
}

/** Listens on the collector's socket and serves every face that connects. */
export class FaceServer {
  readonly #server: Server;
  readonly #welcome: Welcome;
  readonly #log: Log;
  readonly #faces = new Faces();
  /** Connections that came before the collector was ready. */
  #early: Socket[] = [];
  #served: Served | undefined;

  private constructor(server: Server, welcome: Welcome, log: Log) {
    this.#server = server;
    this.#welcome = welcome;
    this.#log = log;
    server.on('connection', (socket) => {
      if (this.#served) this.#accept(socket, this.#served);
      else {
        socket.on('error', () => socket.destroy());
        this.#early.push(socket);
      }
    });
    server.on('error', (error) => log.error('the socket failed', error));
  }

  /**
   * Binds the socket, for this user alone (mode 0600), in a folder that `elect` has checked.
   * Faces may connect from now on; they are answered once `serve` is called.
   */
  static async listen(path: string, welcome: Welcome, log: Log): Promise<FaceServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    });
    if (process.platform !== 'win32') chmodSync(path, 0o600);
    return new FaceServer(server, welcome, log);
  }

  serve(served: Served): void {
    this.#served = served;
    const early = this.#early;
    this.#early = [];
    for (const socket of early) this.#accept(socket, served);
  }

  /** Faces that have said what they are. */
  get greeted(): number {
    return this.#faces.greeted;
  }

  /** Whether a face that is connected now shows notifications. */
  get notifies(): boolean {
    return this.#faces.notifies;
  }

  /** Says that the snapshot has changed: every face is sent the newest. */
  changed(): void {
    this.#faces.changed();
  }

  /** Stops listening, which removes the socket, and closes every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#early) socket.destroy();
    this.#faces.close();
    await closed;
  }

  #accept(socket: Socket, served: Served): void {
    const face: FaceConnection = new FaceConnection(socket, {
      handlers: served.handlers,
      language: served.language,
      welcome: this.#welcome,
      log: this.#log,
      latest: served.snapshot,
      onHello: served.onFaces,
      onClose: () => {
        this.#faces.delete(face);
        served.onFaces();
      },
    });
    this.#faces.add(face);
  }
}
