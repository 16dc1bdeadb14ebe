import { type PageRelay, relayPage } from '@burnrate/shared/panel/host/relay.ts';
import type { HostToPage } from '@burnrate/shared/protocol/page.ts';
import type { CollectorLink } from '@burnrate/shared/protocol/protocol.ts';

/** The window's end of the conversation with its page, which may not have loaded yet. */
export class PageHost {
  readonly #send: (message: HostToPage) => void;
  readonly #relay: PageRelay;
  #isReady = false;
  #wanted: string | undefined;

  constructor(link: CollectorLink, send: (message: HostToPage) => void) {
    this.#send = send;
    this.#relay = relayPage(link, send);
  }

  receive(message: unknown): void {
    this.#relay.receive(message);
    if ((message as { type?: unknown } | null)?.type !== 'ready') return;
    this.#isReady = true;
    if (this.#wanted !== undefined) this.show(this.#wanted);
  }

  /** Brings a job into view, as soon as there is a page that can. */
  show(jobId: string): void {
    this.#wanted = this.#isReady ? undefined : jobId;
    if (this.#isReady) this.#send({ type: 'show', jobId });
  }

  /** The page is being loaded again: what it is sent before it is ready would be lost. */
  pageGone(): void {
    this.#isReady = false;
    this.#relay.close();
  }
}
