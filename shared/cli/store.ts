import { setTimeout as pause } from 'node:timers/promises';
import { formatMoney } from '../model/money.ts';
import type { ComparedMonths, TeamStanding } from '../protocol/protocol.ts';
import { settledSnapshot, withCollector } from './connect.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { table, tableLines } from './view/table.ts';
import { type Line, say, wrap } from './view/text.ts';

const POLL_MS = 1000;
/** What is sent is this machine's own ledger, whatever server is watched. */
const HERE = { here: true };
const NONE =
  'No team store is configured. Name one as store: in burnrate.yaml, as in clickhouse://burnrate@db.example:8123/burnrate; its password goes into BURNRATE_STORE_PASSWORD.';

/** `burnrate store status`: exit code 1 where nothing can be told to it. */
export async function storeStatus(
  terminal: Terminal,
  { json }: { json?: boolean },
): Promise<number> {
  const { standing } = await withCollector((link) => link.request('teamStore', {}), HERE);
  if (!standing) throw new PlainFailure(NONE, EXIT.failed);
  if (json) terminal.json(standing);
  else terminal.print(...standingLines(standing, terminal.width));
  return standing.remedy === undefined ? EXIT.ok : EXIT.failed;
}

/** `burnrate store migrate`: waits until all is told, then compares. Exit code 1 where months differ. */
export async function migrate(
  terminal: Terminal,
  { again = false, json = false }: { again?: boolean; json?: boolean },
): Promise<number> {
  const { months } = await withCollector(async (link) => {
    await settledSnapshot(link);
    let { standing } = await link.request('teamStore', { send: true, again });
    let said = '';
    while (standing && (standing.changes > 0 || standing.historyBefore !== undefined)) {
      if (standing.remedy !== undefined) {
        throw new PlainFailure(`${standing.message} ${standing.remedy}`, EXIT.failed);
      }
      if (terminal.interactive && !json && standing.message !== said)
        terminal.note(standing.message);
      said = standing.message;
      await pause(POLL_MS);
      ({ standing } = await link.request('teamStore', {}));
    }
    if (!standing) throw new PlainFailure(NONE, EXIT.failed);
    return link.request('compareTeamStore', {});
  }, HERE);
  const differing = months.filter(({ ledger, team }) => ledger !== team);
  if (json) terminal.json({ months });
  else terminal.print(...monthLines(months, terminal.width));
  if (differing.length === 0) return EXIT.ok;
  throw new PlainFailure(
    `${differing.map(({ month }) => monthOf(month)).join(', ')}: the team’s store does not hold what this ledger holds. burnrate store migrate --again sends all of it anew.`,
    EXIT.failed,
  );
}

function standingLines({ address, message, remedy }: TeamStanding, width: number): Line[] {
  const mark = remedy === undefined ? say('✓ ', 'good') : say('✗ ', 'critical');
  return [
    [mark, say(`Team store: ${address}`, 'strong')],
    ...wrap(message, width - 2).map((line): Line => [say('  '), ...line]),
    ...(remedy === undefined
      ? []
      : wrap(remedy, width - 4, 'flame').map((line): Line => [say('  → ', 'flame'), ...line])),
  ];
}

function monthLines(months: ComparedMonths['months'], width: number): Line[] {
  if (months.length === 0) return [[say('Nothing was metered yet: there is nothing to compare.')]];
  const body = table<ComparedMonths['months'][number]>(
    months,
    [
      { title: 'MONTH (UTC)', cell: ({ month }) => [say(monthOf(month))] },
      { title: 'LEDGER', align: 'right', cell: ({ ledger }) => [say(formatMoney(ledger))] },
      { title: 'TEAM STORE', align: 'right', cell: ({ team }) => [say(formatMoney(team))] },
      {
        title: '',
        cell: ({ ledger, team }) =>
          ledger === team
            ? [say('equal', 'good')]
            : [say(`differ by ${team - ledger} micro-dollars`, 'critical')],
      },
    ],
    width,
  );
  return tableLines(body);
}

function monthOf(month: string): string {
  return `${month.slice(0, 4)}-${month.slice(4)}`;
}
