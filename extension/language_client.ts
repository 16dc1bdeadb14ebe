import { openTransport } from '@burnrate/shared/protocol/client.ts';
import {
  type Conversation,
  type Greeted,
  type ReachOptions,
  welcomeIn,
} from '@burnrate/shared/protocol/handshake.ts';
import { PROTOCOL_VERSION } from '@burnrate/shared/protocol/names.ts';
import type { Hello } from '@burnrate/shared/protocol/protocol.ts';
import type { LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
} from 'vscode-languageclient/node';
import { JOB_FILES } from './job_files.ts';

/**
 * Shakes hands as VS Code's own language client, so that what the collector says of job files
 * reaches the editor on the same connection. Each connection has a client of its own: whoever keeps
 * the connection decides when to try again, and the client never gives up by itself.
 */
export async function greetAsLanguageClient(
  options: ReachOptions,
  prepare: (connection: Conversation) => void,
  log: LogOutputChannel,
): Promise<Greeted> {
  const { socket, reader, writer, detached } = await openTransport(options);
  const hello: Hello = { protocol: PROTOCOL_VERSION, ...options.hello };
  const client = new QuietClient(
    'burnrate',
    'Burnrate',
    () => Promise.resolve({ reader, writer, detached }),
    {
      documentSelector: JOB_FILES,
      initializationOptions: hello,
      outputChannel: log,
      traceOutputChannel: namesOnly(log),
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
    },
  );
  prepare(client);
  try {
    await client.start();
    const connection: Conversation = {
      sendRequest: (method, params) => client.sendRequest(method, params),
      onNotification: (method, listener) => client.onNotification(method, listener),
      // The client tidies itself up when its socket closes, and the collector needs no goodbye.
      dispose: () => {},
    };
    return { socket, welcome: welcomeIn(client.initializeResult), connection };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** At the log level `trace` messages are named; their contents may hold a key: never written. */
function namesOnly(log: LogOutputChannel): LogOutputChannel {
  const trace = (message: string) => {
    const [name = ''] = message.split('\n', 1);
    if (!name.startsWith('{')) log.trace(name);
  };
  return Object.create(log, { trace: { value: trace } });
}

/** Says what goes wrong in the log only: the status bar shows it already, without a dialog. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override info(message: string, data?: unknown): void {
    super.info(message, data, false);
  }
}
