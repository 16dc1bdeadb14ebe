import { useState } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import { MINUTE } from '../../model/time.ts';
import type { TeamCosts, TeamRow, TeamSpan, TeamSums } from '../../protocol/team_costs.ts';
import { dayOf, money, percent } from '../locale.ts';
import { Amount, ProvenanceBadge } from './figure.tsx';
import { ReadFailure } from './read_failure.tsx';
import { useAnswer } from './use_answer.ts';

type By = 'owners' | 'projects';

/** Half of a minute later it is asked for again: many look at one server. */
const STEP_MS = 2 * MINUTE;

const BY: Readonly<Record<By, string>> = { owners: 'by person', projects: 'by project' };
const SPANS: Readonly<Record<TeamSpan, string>> = { month: 'this month', '30d': 'last 30 days' };

/** What everyone costs, by person or project. Not there where all that is seen is one person's. */
export function Team({ snapshot }: { snapshot: Snapshot }) {
  const { jobs, accounts } = snapshot;
  const owners = new Set(jobs.map(({ owner }) => owner));
  const isShared = owners.size > 1 || jobs.some(({ mine }) => !mine);
  const hasStore = accounts.some(({ source }) => source === 'team');
  return isShared || hasStore ? <TeamCard snapshot={snapshot} /> : null;
}

function TeamCard({ snapshot }: { snapshot: Snapshot }) {
  const [by, setBy] = useState<By>('owners');
  const [span, setSpan] = useState<TeamSpan>('month');
  const { loaded, failure, retry } = useAnswer('teamCosts', () => ({ span }), {
    of: span,
    stepMs: STEP_MS,
    snapshot,
  });
  return (
    <section class="card" aria-labelledby="team-title">
      <header class="card-head">
        <h2 id="team-title">Team</h2>
        <p class="team-choices">
          <Choice label="Sums" options={BY} value={by} onChoose={setBy} />
          <Choice label="Time" options={SPANS} value={span} onChoose={setSpan} />
        </p>
      </header>
      {failure && <ReadFailure what="The team’s sums" failure={failure} retry={retry} />}
      {loaded && <Sums costs={loaded.value} by={by} />}
      {!loaded && !failure && <p class="quiet">Loading…</p>}
    </section>
  );
}

interface ChoiceProps<Name extends string> {
  label: string;
  options: Readonly<Record<Name, string>>;
  value: Name;
  onChoose: (name: Name) => void;
}

function Choice<Name extends string>({ label, options, value, onChoose }: ChoiceProps<Name>) {
  return (
    <select
      class="select"
      aria-label={label}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value as Name)}
    >
      {Object.entries<string>(options).map(([name, title]) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </select>
  );
}

function Sums({ costs, by }: { costs: TeamCosts; by: By }) {
  const { from, of, total } = costs;
  const rows = costs[by];
  if (rows.length === 0) return <p class="quiet">Nothing has been metered since {dayOf(from)}.</p>;
  return (
    <>
      <table class="team" aria-label={`Costs ${BY[by]}`}>
        <thead>
          <tr>
            <th scope="col">{by === 'owners' ? 'Person' : 'Project'}</th>
            <th scope="col">Now</th>
            <th scope="col">Since {dayOf(from)}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.key} name={row.name} sums={row} />
          ))}
        </tbody>
        <tfoot>
          <Row name="All" sums={total} />
        </tfoot>
      </table>
      <p class="quiet team-of">
        {of === 'store'
          ? 'Spent: of all collectors that share the team’s store. Now: of what this one sees.'
          : 'Of all jobs and machines that this collector sees, idle ones too.'}
      </p>
    </>
  );
}

function Row({ name, sums }: { name: TeamRow['name']; sums: TeamSums }) {
  const { rate, spent, wastedMicros } = sums;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <Amount figure={rate} per="h" /> <ProvenanceBadge provenance={rate.provenance} brief />
      </td>
      <td>
        <Amount figure={spent} /> <ProvenanceBadge provenance={spent.provenance} brief />
        {wastedMicros > 0 && (
          <span class="team-waste">
            {money(wastedMicros)} wasted
            {spent.micros > 0 && `, ${percent(wastedMicros / spent.micros)}`}
          </span>
        )}
      </td>
    </tr>
  );
}
