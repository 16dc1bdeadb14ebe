import { sayKind } from '../../faces/why.ts';
import type { PriceReason } from '../../model/price_reason.ts';
import type { JobView } from '../../model/snapshot.ts';
import { ago, dayOf, money, percent } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { ProvenanceBadge } from './figure.tsx';

/** Why its machines cost what they do: the list price, what bills made of it, and how sure that is. */
export function JobPrice({ job }: { job: JobView }) {
  const { why = [] } = job;
  return (
    <section class="card" aria-labelledby="why-title">
      <header class="card-head">
        <h2 id="why-title">Why this price</h2>
        <p class="quiet">a machine and hour</p>
      </header>
      {why.length === 0 ? (
        <p class="quiet">
          {job.state === 'running'
            ? 'Nobody knows the price of its machines. Set yours in burnrate.yaml.'
            : 'It holds no machine now.'}
        </p>
      ) : (
        <ul class="reasons">
          {why.map((reason) => (
            <Reason key={`${sayKind(reason)} ${reason.microsPerHour}`} reason={reason} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Reason({ reason }: { reason: PriceReason }) {
  const now = useNow();
  const { bills, kind, provenance, basis, asOf } = reason;
  return (
    <li>
      <p class="reason-head">
        <strong>{sayKind(reason)}</strong>
        <span class="reason-price">
          {money(reason.microsPerHour)}/h <ProvenanceBadge provenance={provenance} />
        </span>
      </p>
      {bills && (
        <dl class="sum-up">
          <div>
            <dt>{kind?.market === 'spot' ? 'Spot price' : 'List price'}</dt>
            <dd>{money(bills.listMicros)}</dd>
          </div>
          <div>
            <dt>
              {bills.own ? 'By your bills' : 'By bills of your other machines'} of {bills.days}{' '}
              {bills.days === 1 ? 'day' : 'days'}, the last {dayOf(bills.lastDay)}
            </dt>
            <dd>× {ratio(bills.ratio)}</dd>
          </div>
          {bills.covered !== undefined && bills.covered > 0 && (
            <div>
              <dt>Paid by a commitment</dt>
              <dd>{percent(bills.covered)} of its time</dd>
            </div>
          )}
          <div>
            <dt>With 95% certainty</dt>
            <dd>
              {money(Math.max(0, reason.microsPerHour - bills.marginMicros))} to{' '}
              {money(reason.microsPerHour + bills.marginMicros)}
            </dd>
          </div>
        </dl>
      )}
      <p class="quiet">
        {basis}, read {ago(asOf, now)}.
        {!bills && provenance === 'list' && kind && kind.market !== 'owned'
          ? ' No bill has told your own price yet.'
          : ''}
      </p>
    </li>
  );
}

function ratio(value: number): string {
  return value.toLocaleString(navigator.language, {
    minimumFractionDigits: 3,
    maximumFractionDigits: 3,
  });
}
