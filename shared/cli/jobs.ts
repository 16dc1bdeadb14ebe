import { sayKind, sayWhy } from '../faces/why.ts';
import type { JobView } from '../model/snapshot.ts';
import type { Instant } from '../model/time.ts';
import { settledSnapshot, withCollector } from './connect.ts';
import { EXIT } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { plural } from './view/figures.ts';
import { inOrder, jobTable } from './view/jobs.ts';
import { tableLines } from './view/table.ts';
import { BLANK, indent, type Line, say, wrap } from './view/text.ts';

export interface JobsOptions {
  /** Everyone's, and those that have ended. */
  all?: boolean;
  /** What each price rests on, below its job. */
  why?: boolean;
  json?: boolean;
}

/** `burnrate jobs`: a table of them, or an array of the protocol's JobView. */
export async function jobs(terminal: Terminal, { all, why, json }: JobsOptions): Promise<number> {
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
  if (why) terminal.print(...shown.flatMap((job) => whyLines(job, snapshot.at, terminal.width)));
  if (hidden > 0) terminal.print(BLANK, [say(`  ${more}`, 'quiet')]);
  return EXIT.ok;
}

/** Why each kind of machine of a job costs what it does, in the order of how many there are. */
export function whyLines({ name, why = [] }: JobView, now: Instant, width: number): Line[] {
  if (why.length === 0) return [];
  const reasons = why.flatMap((reason) =>
    indent(wrap(`${sayKind(reason)}: ${sayWhy(reason, now)}`, width - 3, 'quiet'), [say('   ')]),
  );
  return [BLANK, [say(` ${name}`, 'strong')], ...reasons];
}
