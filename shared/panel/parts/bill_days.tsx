import { useCallback, useState } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import { DAY } from '../../model/time.ts';
import type { BillDay } from '../../protocol/bill_days.ts';
import { billChart } from '../bill_chart.ts';
import { billedOf } from '../held.ts';
import { dayOf, money } from '../locale.ts';
import { LineCanvas } from './chart_canvas.tsx';
import { ProvenanceBadge } from './figure.tsx';
import { ReadFailure } from './read_failure.tsx';
import { useAnswer } from './use_answer.ts';

const DAYS = 30;
/** So many days are told in words and figures. */
const TOLD = 7;

/** Invoice against estimate with its interval, day by day, of one account at a time. */
export function BillDays({ snapshot }: { snapshot: Snapshot }) {
  const [chosen, choose] = useState<string>();
  const { loaded, failure, retry } = useAnswer(
    'billDays',
    (askedAt) => ({ from: askedAt - DAYS * DAY, to: askedAt }),
    { of: 'all', stepMs: DAY, snapshot, because: String(snapshot.invoices?.billedMicros) },
  );
  const accounts = Map.groupBy(loaded?.value.days ?? [], ({ account }) => account);
  const account = chosen !== undefined && accounts.has(chosen) ? chosen : dearest(accounts);
  if (failure) return <ReadFailure what="The days" failure={failure} retry={retry} />;
  if (!loaded || account === undefined) return null;
  const days = accounts.get(account) ?? [];
  const titles = new Map(snapshot.accounts.map(({ id, title }) => [id, title]));
  return (
    <div class="bill-days">
      <div class="bill-days-head">
        <h3>By day</h3>
        {accounts.size > 1 && (
          <select
            class="select"
            aria-label="Account"
            value={account}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {[...accounts.keys()].map((id) => (
              <option key={id} value={id}>
                {titles.get(id) ?? id}
              </option>
            ))}
          </select>
        )}
      </div>
      <Drawing days={days} until={loaded.askedAt} />
      <DayTable days={days} name={titles.get(account) ?? account} />
    </div>
  );
}

function dearest(accounts: ReadonlyMap<string, readonly BillDay[]>): string | undefined {
  const sum = (days: readonly BillDay[]) => days.reduce((all, one) => all + one.meteredMicros, 0);
  return [...accounts].sort(([, a], [, b]) => sum(b) - sum(a))[0]?.[0];
}

function Drawing({ days, until }: { days: readonly BillDay[]; until: number }) {
  const drawing = useCallback(() => {
    const from = Math.min(days[0]?.at ?? until, until - TOLD * DAY);
    return billChart(days, { from, to: until });
  }, [days, until]);
  const last = days.at(-1);
  const summary = last ? `${money(last.meteredMicros)} were metered on ${dayOf(last.at)}.` : '';
  return <LineCanvas drawing={drawing} summary={`Billed and metered by day. ${summary}`} />;
}

/** The chart in words and figures: the last days, the latest first. */
function DayTable({ days, name }: { days: readonly BillDay[]; name: string }) {
  return (
    <table class="days" aria-label={`Metered and billed by day, ${name}`}>
      <thead>
        <tr>
          <th scope="col">Day (UTC)</th>
          <th scope="col">
            <span class="swatch" data-slot="0" /> Metered
          </th>
          <th scope="col">
            <span class="swatch" data-slot="ink" /> Billed
          </th>
        </tr>
      </thead>
      <tbody>
        {days
          .slice(-TOLD)
          .reverse()
          .map((day) => (
            <tr key={day.at}>
              <th scope="row">{dayOf(day.at)}</th>
              <td>
                {money(day.meteredMicros)}
                {day.low !== undefined && day.high !== undefined && (
                  <span class="margin">
                    {' '}
                    {money(day.low)} to {money(day.high)}
                  </span>
                )}
              </td>
              <td>
                <Billed day={day} />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Billed({ day }: { day: BillDay }) {
  const billed = billedOf(day);
  if (billed === undefined) return <span class="quiet">not yet</span>;
  const inPart = day.meteredForBilled < day.meteredMicros;
  return (
    <>
      {inPart ? <span class="quiet">in part </span> : null}
      {money(day.billedMicros ?? 0)} <ProvenanceBadge provenance="billed" brief />
    </>
  );
}
