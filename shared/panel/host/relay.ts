import type { Snapshot } from '../../model/snapshot.ts';
import { answerPage, type HostToPage } from '../../protocol/page.ts';
import type { CollectorLink } from '../../protocol/protocol.ts';

/** One page's end of the conversation, as its host drives it. */
export interface PageRelay {
  /** Takes one message of the page; anything may come, for the page is not trusted. */
  receive(message: unknown): void;
  close(): void;
}

/**
 * Carries messages between one page and the collector's link: answers its requests, and once it
 * is ready sends each snapshot and each change of the connection.
 */
export function relayPage(link: CollectorLink, send: (message: HostToPage) => void): PageRelay {
  let unsubscribe: (() => void)[] = [];
  const close = () => {
    for (const stop of unsubscribe) stop();
    unsubscribe = [];
  };
  const start = () => {
    close();
    // A link says at once that it is connected, and nothing where it is not: the page must know.
    let said = false;
    const onConnected = (connected: boolean) => {
      said = true;
      send({ type: 'connected', connected });
    };
    unsubscribe = [link.onConnected(onConnected)];
    if (!said) onConnected(false);
    unsubscribe.push(link.onSnapshot((snapshot: Snapshot) => send({ type: 'snapshot', snapshot })));
  };
  return {
    receive(message) {
      if ((message as { type?: unknown } | null)?.type === 'ready') return start();
      void answerPage(link, message).then((answer) => {
        if (answer) send(answer);
      });
    },
    close,
  };
}
