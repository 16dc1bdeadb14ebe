import type { Bridge, HostToPage, PageToHost } from '../protocol/page.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
}

declare global {
  /** Given to scripts of a VS Code webview; may be called once. */
  var acquireVsCodeApi: (() => VsCodeApi) | undefined;
  /** Given by the tray app's preload script. */
  var burnrate: Bridge | undefined;
}

/** The bridge of the host that shows this page. */
export function chooseBridge(): Bridge {
  if (globalThis.acquireVsCodeApi) return webviewBridge(globalThis.acquireVsCodeApi());
  return globalThis.burnrate ?? browserBridge();
}

function webviewBridge(vscode: VsCodeApi): Bridge {
  return {
    post: (message) => vscode.postMessage(message),
    onMessage: (listener) =>
      addEventListener('message', (event: MessageEvent<unknown>) => {
        if (isFromHost(event.data)) listener(event.data);
      }),
  };
}

/** The local web server: requests by POST, everything else by an event stream. */
function browserBridge(): Bridge {
  const listeners = new Set<(message: HostToPage) => void>();
  const hear = (message: HostToPage) => {
    for (const listener of listeners) listener(message);
  };
  return {
    post(message) {
      if (message.type === 'ready') followWhileVisible(hear);
      else void askServer(message).then(hear);
    },
    onMessage: (listener) => listeners.add(listener),
  };
}

const SERVER_GONE =
  'The Burnrate server behind this page does not answer. If you ended it, start it again and open the address it prints.';

/**
 * Only a tab that is seen holds the event stream open: a browser grants one server six connections
 * in all, and the seventh tab, or a click in any of them, would wait for ever.
 */
function followWhileVisible(hear: (message: HostToPage) => void): void {
  let close: (() => void) | undefined;
  const follow = () => {
    if (document.visibilityState === 'hidden') {
      close?.();
      close = undefined;
    } else {
      close ??= openEvents(hear);
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();
}

const AGAIN_MS = 2_000;

/** Hears what the server sends until the result is called. */
function openEvents(hear: (message: HostToPage) => void): () => void {
  const events = new EventSource('events');
  let close = () => events.close();
  events.onmessage = ({ data }: MessageEvent<string>) => {
    const message: unknown = JSON.parse(data);
    if (isFromHost(message)) hear(message);
  };
  events.onerror = () => {
    hear({ type: 'connected', connected: false, reason: SERVER_GONE });
    // The browser reconnects by itself, but gives up for good where the server answered an error.
    if (events.readyState !== EventSource.CLOSED) return;
    const timer = setTimeout(() => {
      close = openEvents(hear);
    }, AGAIN_MS);
    close = () => clearTimeout(timer);
  };
  return () => close();
}

async function askServer(message: Extract<PageToHost, { type: 'request' }>): Promise<HostToPage> {
  const fail = (text: string): HostToPage => ({ type: 'error', id: message.id, message: text });
  try {
    const response = await fetch('request', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });
    if (!response.ok) return fail(`The Burnrate server answered ${response.status}.`);
    const answer: unknown = await response.json();
    return isFromHost(answer) ? answer : fail('The Burnrate server answered something else.');
  } catch {
    // fetch tells scripts nothing more than that it failed.
    return fail(SERVER_GONE);
  }
}

function isFromHost(message: unknown): message is HostToPage {
  const type = (message as { type?: unknown } | null)?.type;
  return typeof type === 'string' && /^(result|error|snapshot|connected|show)$/.test(type);
}
