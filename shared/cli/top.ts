import { connect } from './connect.ts';
import { EXIT } from './exit_codes.ts';
import { untilAsked } from './signals.ts';
import { status } from './status.ts';
import type { Terminal } from './terminal.ts';
import { showTop } from './top/top.ts';

/** `burnrate top`: the live table; where nobody watches, how things stand, once. */
export async function top(terminal: Terminal): Promise<number> {
  if (!terminal.interactive) return status(terminal, {});
  return untilAsked(async (asked) => {
    const link = await connect();
    try {
      await showTop({ link, terminal, asked });
      return EXIT.ok;
    } finally {
      await link.close();
    }
  });
}
