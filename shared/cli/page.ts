import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServedPage, servePage } from '../panel/host/serve.ts';
import type { CollectorLink } from '../protocol/protocol.ts';
import { openBrowser } from './browser.ts';
import { connect } from './connect.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import { given, untilAsked } from './signals.ts';
import type { Terminal } from './terminal.ts';
import { say } from './view/text.ts';

export interface PageOptions {
  port?: number;
  /** False with `--no-browser`. */
  browser?: boolean;
}

/** `burnrate page`: serves the page to browsers of this machine until Ctrl-C. */
export function page(terminal: Terminal, { port, browser }: PageOptions): Promise<number> {
  return untilAsked(async (asked) => {
    const link = await connect({ face: 'browser' });
    try {
      const served = await servePanel(link, port);
      terminal.print([say('The page is at '), say(served.url, 'strong')]);
      if (browser !== false) await openBrowser(served.url);
      terminal.print([say('Ctrl-C ends it; the collector goes on by itself.', 'quiet')]);
      await given(asked);
      await served.close();
      return EXIT.ok;
    } finally {
      await link.close();
    }
  });
}

/** Serves the bundled page. Throws PlainFailure where it has not been built or the port is taken. */
export async function servePanel(link: CollectorLink, port = 0): Promise<ServedPage> {
  try {
    return await servePage({ link, files: panelFolder(), port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw new PlainFailure(
      `Port ${port} cannot be used (${code}). Choose another with --port, or leave it out.`,
      EXIT.failed,
    );
  }
}

/** The page's files: beside the bundle or its chunks, or where the source tree's build puts them. */
export function panelFolder(): string {
  const places = ['./panel', '../panel', '../dist/panel'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = places.find((place) => existsSync(join(place, 'panel.js')));
  if (found) return found;
  throw new PlainFailure(
    'The page has not been built. Run `npm run build` in the source tree, or reinstall Burnrate.',
    EXIT.failed,
  );
}
