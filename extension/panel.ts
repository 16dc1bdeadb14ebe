import { randomBytes } from 'node:crypto';
import { pageCsp, pageHtml } from '@burnrate/shared/panel/host/html.ts';
import type { HostToPage } from '@burnrate/shared/protocol/page.ts';
import { type Disposable, Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { Session } from './session.ts';

const TYPE = 'burnrate.panel';

/** The page with the charts, as an editor tab: one, which is shown again rather than doubled. */
export class Panel implements Disposable {
  readonly #session: Promise<Session>;
  readonly #files: Uri;
  readonly #icon: Uri;
  readonly #serializer: Disposable;
  #panel: WebviewPanel | undefined;
  /** The job to show once the page listens. */
  #wanted: string | undefined;
  #listening = false;

  constructor(session: Promise<Session>, extensionUri: Uri) {
    this.#session = session;
    this.#files = Uri.joinPath(extensionUri, 'dist', 'panel');
    this.#icon = Uri.joinPath(extensionUri, 'media', 'flame-tab.svg');
    this.#serializer = window.registerWebviewPanelSerializer(TYPE, {
      deserializeWebviewPanel: async (panel) => this.#fill(panel),
    });
  }

  /** Shows the page, and a job in it. */
  show(jobId?: string): void {
    this.#wanted = jobId;
    if (this.#panel) this.#panel.reveal(undefined, false);
    else this.#fill(window.createWebviewPanel(TYPE, 'Burnrate', ViewColumn.Active));
    if (this.#listening) this.#point();
  }

  #fill(panel: WebviewPanel): void {
    this.#panel?.dispose();
    this.#panel = panel;
    const nonce = randomBytes(16).toString('base64');
    panel.iconPath = this.#icon;
    panel.webview.options = { enableScripts: true, localResourceRoots: [this.#files] };
    const base = `${panel.webview.asWebviewUri(this.#files)}/`;
    const csp = pageCsp({ source: panel.webview.cspSource, nonce });
    const closed = new AbortController();
    panel.onDidDispose(() => {
      closed.abort();
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#listening = false;
    });
    this.#converse(panel, closed.signal).catch(() => {
      // Whoever opens the session says why there is none; the page shows that it has no connection.
    });
    panel.webview.html = pageHtml({ csp, nonce, base });
  }

  /** Carries messages between the page and the collector, until the tab is closed. */
  async #converse(panel: WebviewPanel, closed: AbortSignal): Promise<void> {
    // The page may say `ready` before there is somebody to tell.
    const heard: unknown[] = [];
    let receive = (message: unknown) => void heard.push(message);
    panel.webview.onDidReceiveMessage((message: unknown) => receive(message));
    // Loaded now and not before: the protocol's schemas would slow every window's start.
    const relaying = import('@burnrate/shared/panel/host/relay.ts');
    const [{ link }, { relayPage }] = await Promise.all([this.#session, relaying]);
    if (closed.aborted) return;
    const relay = relayPage(link, (message) => {
      if (!closed.aborted) this.#send(panel, message);
    });
    closed.addEventListener('abort', () => relay.close());
    // A page that cannot be seen is unloaded; it says `ready` again when it comes back.
    panel.onDidChangeViewState(() => {
      if (panel.visible) return;
      this.#listening = false;
      relay.close();
    });
    receive = (message) => {
      relay.receive(message);
      if ((message as { type?: unknown } | null)?.type !== 'ready') return;
      this.#listening = true;
      this.#point();
    };
    for (const message of heard) receive(message);
  }

  #point(): void {
    if (this.#panel && this.#wanted !== undefined) {
      this.#send(this.#panel, { type: 'show', jobId: this.#wanted });
    }
    this.#wanted = undefined;
  }

  #send(panel: WebviewPanel, message: HostToPage): void {
    void panel.webview.postMessage(message);
  }

  dispose(): void {
    this.#serializer.dispose();
    this.#panel?.dispose();
  }
}
