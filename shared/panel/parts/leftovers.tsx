import type { Leftover } from '../../model/leftover.ts';
import { LEFTOVER_NAMES, perMonth } from '../../model/leftover_cost.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { ago, count, money } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { Command } from './command.tsx';
import { Margin, ProvenanceBadge } from './figure.tsx';

/** What is paid for and used by nothing, the dearest first, each with the command that deletes it. */
export function Leftovers({ snapshot: { leftovers = [] } }: { snapshot: Snapshot }) {
  if (leftovers.length === 0) return null;
  return (
    <section class="card" aria-labelledby="leftovers-title">
      <header class="card-head">
        <h2 id="leftovers-title">Left behind</h2>
      </header>
      <ul class="leftovers">
        {leftovers.map((leftover) => (
          <LeftoverItem key={leftover.id} leftover={leftover} />
        ))}
      </ul>
    </section>
  );
}

function LeftoverItem({ leftover }: { leftover: Leftover }) {
  const now = useNow();
  const { kind, name, sizeGb, region, machine, since, rate, remove } = leftover;
  const facts = [
    LEFTOVER_NAMES[kind],
    sizeGb === undefined ? undefined : `${count(sizeGb)} GB`,
    region,
    machine === undefined ? 'used by nothing' : `waits for ${machine}, which is stopped`,
    since === undefined ? undefined : `for ${formatDuration(now - since)}`,
  ];
  return (
    <li>
      <div class="leftover-head">
        <strong>{name}</strong>
        {rate ? (
          <span title={`${rate.basis}, read ${ago(rate.asOf, now)}`}>
            {money(perMonth(rate))}/month
            <Margin of={rate} /> <ProvenanceBadge provenance={rate.provenance} />
          </span>
        ) : (
          <span class="quiet">price unknown</span>
        )}
      </div>
      <p class="quiet facts leftover-facts">
        {facts
          .filter((fact) => fact !== undefined)
          .map((fact) => (
            <span key={fact} class="fact">
              {fact}
            </span>
          ))}
      </p>
      <Command text={remove} />
    </li>
  );
}
