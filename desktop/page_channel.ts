import type { Bridge, HostToPage } from '@burnrate/shared/protocol/page.ts';
/** The page has a scheme of its own: one handler answers it, and nothing else does. */
export const PAGE_SCHEME = 'burnrate-page';
export const PAGE_URL = `${PAGE_SCHEME}://page/`;

/** The one channel between the window's page and the main process, in both directions. */
export const PAGE_CHANNEL = 'burnrate:page';

/** The part of Electron's `ipcRenderer` that the page's bridge needs. */
export interface PageIpc {
  send(channel: string, message: unknown): void;
  on(channel: string, listener: (event: unknown, message: HostToPage) => void): unknown;
}

/**
 * What the preload script gives the page, and all of it: two functions on the one channel. The
 * page never sees Electron's own objects, nor can it name another channel.
 */
export function pageBridge(ipc: PageIpc): Bridge {
  return {
    post: (message) => ipc.send(PAGE_CHANNEL, message),
    onMessage: (listener) => {
      ipc.on(PAGE_CHANNEL, (_event, message) => listener(message));
    },
  };
}

/** Who sent a message over IPC, as Electron tells it. */
export interface Sender {
  /** Of the frame; undefined where it has navigated or is gone. */
  url: string | undefined;
  isMainFrame: boolean;
  /** Whether it came from the one window that this app has opened. */
  isOwnWindow: boolean;
}

/** Whether a message is the page's own: anything else that runs in a window is not listened to. */
export function isOwnPage({ url, isMainFrame, isOwnWindow }: Sender): boolean {
  return isOwnWindow && isMainFrame && url !== undefined && isPageUrl(url);
}

/** Whether the window may go there: to its page, and nowhere else. */
export function isPageUrl(url: string): boolean {
  return URL.canParse(url) && new URL(url).href === PAGE_URL;
}
