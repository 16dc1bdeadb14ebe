import { settledSnapshot, withCollector } from './connect.ts';
import { EXIT } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { plural } from './view/figures.ts';
import { inOrder, jobTable } from './view/jobs.ts';
import { tableLines } from './view/table.ts';
import { BLANK, say } from './view/text.ts';

export interface JobsOptions {
  /** Everyone's, and those that have ended. */
  all?: boolean;
  json?: boolean;
}

/** `burnrate jobs`: a table of them, or an array of the protocol's JobView. */
export async function jobs(terminal: Terminal, { all, json }: JobsOptions): Promise<number> {
  const snapshot = await withCollector((link) => settledSnapshot(link));
  const known = inOrder(snapshot.jobs);
  const shown = all ? known : known.filter((job) => job.mine && job.state !== 'ended');
  if (json) {
    terminal.json(shown);
    return EXIT.ok;
  }
  const hidden = known.length - shown.length;
  const more = `${plural(hidden, 'job')} of others or ended: burnrate jobs --all`;
  if (shown.length === 0) terminal.print([say('No job of yours is running.')]);
  else {
    const { width } = terminal;
    terminal.print(...tableLines(jobTable(shown, { snapshot, width, ids: true })));
  }
  if (hidden > 0) terminal.print(BLANK, [say(`  ${more}`, 'quiet')]);
  return EXIT.ok;
}
