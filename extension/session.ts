import type { Duplex } from 'node:stream';
import { pathsFor } from '@burnrate/shared/config/paths.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { type CollectorConnection, keepConnected } from '@burnrate/shared/protocol/client.ts';
import { greetCollector } from '@burnrate/shared/protocol/handshake.ts';
import { VERSION } from '@burnrate/shared/protocol/version.ts';
import { type Disposable, type LogOutputChannel, workspace } from 'vscode';
import { onceJobFileIsOpen } from './job_files.ts';
import { collectorLaunch } from './launch.ts';

/** A collector that is killed is back sooner than this; the readout then never flickers. */
const LOST_AFTER_MS = 3_000;

/** What this window knows of the collector. */
export interface Session extends Disposable {
  readonly link: CollectorConnection;
  /** The latest snapshot; undefined until the first, and while no collector answers. */
  readonly latest: Snapshot | undefined;
}

/** Connects, for as long as the window lives. `draw` is given what to show, and why if nothing. */
export function openSession(options: {
  dist: string;
  log: LogOutputChannel;
  draw: (snapshot: Snapshot | undefined, why?: string) => void;
}): Session {
  const { dist, log, draw } = options;
  let latest: Snapshot | undefined;
  let why: string | undefined;
  let lost: NodeJS.Timeout | undefined;
  let speaksLanguage = false;
  let socket: Duplex | undefined;
  const link = keepConnected({
    hello: { face: 'vscode', version: VERSION, notifies: true },
    paths: pathsFor(process.env),
    // Read at each attempt: a corrected setting helps without a reload.
    get launch() {
      const nodePath = workspace.getConfiguration('burnrate').get('nodePath', '');
      return collectorLaunch({ dist, nodePath, execPath: process.execPath });
    },
    greet: async (reach, prepare = () => {}) => {
      const asLanguageClient = speaksLanguage;
      const greeted = asLanguageClient
        ? await (await import('./language_client.ts')).greetAsLanguageClient(reach, prepare, log)
        : await greetCollector(reach, prepare);
      socket = greeted.socket;
      // A job file may have been opened in between.
      if (speaksLanguage !== asLanguageClient) socket.end();
      return greeted;
    },
    onFailure: (error) => {
      why = error instanceof Error ? error.message : String(error);
      log.warn(why);
      if (!latest) draw(undefined, why);
    },
  });
  // The language client is much to load, and most windows have no job file open: it takes over the
  // connection when there is one.
  const watching = onceJobFileIsOpen(() => {
    speaksLanguage = true;
    socket?.end();
  });
  link.onSnapshot((snapshot) => {
    latest = snapshot;
    draw(snapshot);
  });
  link.onConnected((connected) => {
    clearTimeout(lost);
    if (connected) {
      why = undefined;
      log.info(`connected to the collector, process ${link.welcome.pid}`);
      return;
    }
    log.info('the connection to the collector was lost; connecting again');
    lost = setTimeout(() => {
      latest = undefined;
      draw(undefined, why);
    }, LOST_AFTER_MS);
  });
  return {
    link,
    get latest() {
      return latest;
    },
    dispose: () => {
      clearTimeout(lost);
      watching.dispose();
      void link.close();
    },
  };
}
