import { formatMoney } from '../../model/money.ts';
import { isBilled } from '../../model/node.ts';
import type { NodeView, Snapshot } from '../../model/snapshot.ts';
import { figure, margin, provenance } from './figures.ts';
import { type Table, table } from './table.ts';
import { type Line, say } from './text.ts';

/** The machines that cost money now, those that cost the most for nothing first. */
export function nodeTable(snapshot: Snapshot, width: number): Table {
  const nodes = snapshot.nodes
    .filter((node) => isBilled(node) || node.state === 'starting')
    .sort((a, b) => b.idle.micros - a.idle.micros || priceOf(b) - priceOf(a));
  return table(
    nodes,
    [
      { title: '   NODE', shrinksTo: 14, cell: (node) => [say(`   ${node.name}`)] },
      { title: 'TYPE', rank: 2, shrinksTo: 10, cell: kind },
      { title: 'PLACE', rank: 3, shrinksTo: 8, cell: place },
      { title: 'PRICE', align: 'right', cell: price },
      {
        title: 'IDLE',
        align: 'right',
        rank: 1,
        cell: (node) => (node.idle.micros > 0 ? figure(node.idle, '/h', 'warning') : []),
      },
    ],
    width,
  );
}

function kind({ priceKey, gpus }: NodeView): Line {
  const parts: string[] = [];
  if (priceKey) parts.push(priceKey.instanceType);
  if (gpus.count > 0) parts.push(`${gpus.count} × ${gpus.model ?? 'GPU'}`);
  return parts.length > 0 ? [say(parts.join(' · '), 'quiet')] : [];
}

function place({ priceKey, state }: NodeView): Line {
  const parts: string[] = [];
  const where = priceKey?.zone ?? priceKey?.region;
  if (where) parts.push(where);
  if (priceKey && priceKey.market !== 'on-demand') parts.push(priceKey.market);
  if (state !== 'running') parts.push(state);
  return parts.length > 0 ? [say(parts.join(' · '), 'quiet')] : [];
}

function price({ price: of }: NodeView): Line {
  if (!of) return [say('price unknown', 'warning')];
  return [say(`${formatMoney(of.microsPerHour)}/h`), ...margin(of), ...provenance(of.provenance)];
}

function priceOf(node: NodeView): number {
  return node.price?.microsPerHour ?? 0;
}
