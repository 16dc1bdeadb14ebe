import type { Snapshot } from '../model/snapshot.ts';
import { settledSnapshot, withCollector } from './connect.ts';
import { EXIT } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { accounts } from './view/accounts.ts';
import { headline } from './view/headline.ts';
import { inOrder, jobTable } from './view/jobs.ts';
import { leftoverLines } from './view/leftovers.ts';
import { nodeTable } from './view/nodes.ts';
import { tableLines } from './view/table.ts';
import { indent, type Line, say, stacked, wrap } from './view/text.ts';
import { troubles } from './view/troubles.ts';

/** `burnrate status`: how things stand, once. */
export async function status(terminal: Terminal, { json }: { json?: boolean }): Promise<number> {
  const snapshot = await withCollector((link) => settledSnapshot(link));
  if (json) terminal.json(snapshot);
  else terminal.print(...statusLines(snapshot, terminal.width));
  return EXIT.ok;
}

/** How things stand, on one screen. */
export function statusLines(snapshot: Snapshot, width: number): Line[] {
  const jobs = inOrder(snapshot.jobs.filter(({ state }) => state !== 'ended'));
  const found = snapshot.accounts.length > 0;
  return stacked([
    snapshot.mode === 'demo' ? [DEMO] : [],
    indent(headline(snapshot, width - 1), MARGIN),
    troubles(snapshot, width),
    tableLines(jobTable(jobs, { snapshot, width })),
    tableLines(nodeTable(snapshot, width)),
    leftoverLines(snapshot, width),
    found ? accounts(snapshot, width) : indent(wrap(NO_ACCOUNT, width - 1), MARGIN),
  ]);
}

const MARGIN: Line = [say(' ')];
const DEMO: Line = [say(' DEMO', 'flame'), say(' a simulated fleet; nobody pays for it', 'quiet')];
const NO_ACCOUNT =
  'No cloud account, scheduler or GPU was found. `burnrate doctor` says where each source looked; `burnrate demo` shows a simulated fleet.';
