import type { Faces, Watcher } from '../collector/faces.ts';
import type { Handlers } from '../collector/handlers.ts';
import type { Snapshot } from '../model/snapshot.ts';
import {
  type CollectorLink,
  type Hello,
  PROTOCOL_VERSION,
  type RequestName,
  type Result,
  requests,
} from '../protocol/protocol.ts';
import { VERSION } from '../protocol/version.ts';

const BROWSER: Hello = {
  protocol: PROTOCOL_VERSION,
  face: 'browser',
  version: VERSION,
  notifies: false,
};

/**
 * The collector as a page in a browser asks it, within the collector's own process. A snapshot goes
 * to its listeners as those of other faces do.
 */
export function pageLink(options: {
  handlers: Handlers;
  faces: Faces;
  latest: () => Snapshot;
}): CollectorLink {
  const { handlers, faces, latest } = options;
  return {
    request: async <Name extends RequestName>(name: Name, params: unknown) => {
      const checked = requests[name].params.parse(params);
      const handler = handlers[name] as (params: unknown, face: Hello) => Promise<Result<Name>>;
      return handler(checked, BROWSER);
    },
    onSnapshot(listener) {
      const watcher: Watcher = {
        hello: BROWSER,
        push: () => listener(latest()),
        close: () => {},
      };
      faces.add(watcher);
      watcher.push();
      return () => faces.delete(watcher);
    },
    onConnected(listener) {
      listener(true);
      return () => {};
    },
  };
}
