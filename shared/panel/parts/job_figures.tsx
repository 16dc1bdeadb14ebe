import type { ComponentChildren } from 'preact';
import type { JobView, Snapshot } from '../../model/snapshot.ts';
import { UNITS } from '../../model/unit.ts';
import { wasteSum } from '../../model/waste.ts';
import { compact, money, percent } from '../locale.ts';
import { Activity } from './activity.tsx';
import { BudgetGauge } from './budget.tsx';
import { Amount, certainty, Doubts, doubts, ProvenanceBadge } from './figure.tsx';
import { WasteBar } from './waste.tsx';

/** What a job costs now, today and in all, how busy it is, what a unit costs, what did no work. */
export function JobFigures({ job, snapshot }: { job: JobView; snapshot: Snapshot }) {
  const { rate, today, total, units = [], waste } = job;
  const sure = certainty(total, 'the total');
  const notes = [...new Set([...doubts(rate), ...doubts(total), ...(sure ? [sure] : [])])];
  const isOver = job.state === 'ended';
  return (
    <section class="card figures" aria-label="What it costs">
      <dl class="figure-list">
        {!isOver && (
          <Entry name="Rate" large>
            <Amount figure={rate} per="h" /> <ProvenanceBadge provenance={rate.provenance} />
          </Entry>
        )}
        <Entry name="Today" large>
          <Amount figure={today} /> <ProvenanceBadge provenance={today.provenance} />
        </Entry>
        <Entry name="Total" large below={<BudgetGauge job={job} />}>
          <Amount figure={total} /> <ProvenanceBadge provenance={total.provenance} />
        </Entry>
        {!isOver && job.gpus > 0 && (
          <Entry name="Utilization">
            <Activity job={job} />
          </Entry>
        )}
        {units.map((unit) => (
          <Entry
            key={unit.counter}
            name={
              unit.micros === undefined
                ? `${unit.counter} counted`
                : `Per ${UNITS[unit.counter].name}`
            }
            below={
              <span class="quiet">
                {compact(unit.total)} {unit.counter}
                {unit.perHour !== undefined && `, ${compact(unit.perHour)}/h`}
              </span>
            }
          >
            {unit.micros === undefined ? (
              compact(unit.total)
            ) : (
              <>
                {money(unit.micros)} <ProvenanceBadge provenance={rate.provenance} brief />
              </>
            )}
          </Entry>
        ))}
        {waste && wasteSum(waste) > 0 && (
          <Entry name="Did no work" below={<WasteBar job={job} largest={total.micros} />}>
            {money(wasteSum(waste))} <ProvenanceBadge provenance={total.provenance} brief />
            {total.micros > 0 && (
              <span class="margin"> {percent(wasteSum(waste) / total.micros)}</span>
            )}
          </Entry>
        )}
      </dl>
      <Doubts notes={notes} />
      <Trouble job={job} snapshot={snapshot} />
    </section>
  );
}

interface EntryProps {
  name: string;
  /** The sums for which one comes. */
  large?: boolean;
  below?: ComponentChildren;
  children: ComponentChildren;
}

function Entry({ name, large = false, below, children }: EntryProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="figure" data-large={large}>
        {children}
      </dd>
      {below && <dd class="figure-below">{below}</dd>}
    </div>
  );
}

/** Its account may have fallen silent: then the figures rest on what was known. */
function Trouble({ job, snapshot }: { job: JobView; snapshot: Snapshot }) {
  const account = snapshot.accounts.find(({ id }) => id === job.account);
  if (account?.state !== 'failed' && account?.state !== 'stale') return null;
  return (
    <p class="quiet">
      {account.title} does not answer now: what is shown is the last that is known.
      {account.failure && ` ${account.failure.message} ${account.failure.remedy}`}
    </p>
  );
}
