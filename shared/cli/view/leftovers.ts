import type { Leftover } from '../../model/leftover.ts';
import { LEFTOVER_NAMES, perMonth } from '../../model/leftover_cost.ts';
import { formatMoney } from '../../model/money.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { margin, provenance } from './figures.ts';
import { type Table, table, tableLines } from './table.ts';
import { indent, type Line, say, wrap } from './text.ts';

/** What is paid for and used by nothing, the dearest first. */
export function leftoverTable({ leftovers = [] }: Snapshot, width: number): Table {
  return table(
    leftovers,
    [
      { title: '   LEFT BEHIND', shrinksTo: 16, cell: ({ name }) => [say(`   ${name}`)] },
      { title: 'WHAT', rank: 1, shrinksTo: 10, cell: what },
      { title: 'PLACE', rank: 2, shrinksTo: 8, cell: ({ region }) => [say(region, 'quiet')] },
      { title: 'COST', align: 'right', cell: cost },
    ],
    width,
  );
}

/** The same, each with the command that deletes it. */
export function leftoverLines(snapshot: Snapshot, width: number): Line[] {
  const { head, rows } = leftoverTable(snapshot, width);
  const lines = (snapshot.leftovers ?? []).flatMap(({ remove }, index) => [
    ...rows.slice(index, index + 1),
    ...indent(wrap(remove, width - 5, 'quiet'), [say('     ')]),
  ]);
  return tableLines({ head, rows: lines });
}

function what({ kind, sizeGb, machine }: Leftover): Line {
  const size = sizeGb === undefined ? '' : ` · ${sizeGb.toLocaleString('en-US')} GB`;
  const holder = machine === undefined ? '' : ` of ${machine}, stopped`;
  return [say(`${LEFTOVER_NAMES[kind]}${size}${holder}`, 'quiet')];
}

function cost({ rate }: Leftover): Line {
  if (!rate) return [say('price unknown', 'warning')];
  return [
    say(`${formatMoney(perMonth(rate))}/month`),
    ...margin(rate),
    ...provenance(rate.provenance),
  ];
}
