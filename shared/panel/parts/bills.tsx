import type { InvoiceSource, InvoiceView } from '../../model/invoice_view.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { ago, dayOf, money, percent } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { BillDays } from './bill_days.tsx';
import { ProvenanceBadge } from './figure.tsx';
import { FailureIcon } from './icons.tsx';

/** So many kinds of lines are told one by one. */
const MOST_KINDS = 6;

/** Invoice against estimate: what bills say of this month, what they say beside, what is to come. */
export function Bills({ snapshot }: { snapshot: Snapshot }) {
  const now = useNow();
  const { invoices } = snapshot;
  if (!invoices) return null;
  const { through, billedMicros, meteredMicros, pendingMicros, unmetered, sources } = invoices;
  return (
    <section class="card" aria-labelledby="bills-title">
      <header class="card-head">
        <h2 id="bills-title">Bills, this month</h2>
        {through !== undefined && <p class="quiet">bills go to {dayOf(through - 1)}</p>}
      </header>
      <dl class="bill-facts">
        <div>
          <dt>Billed</dt>
          <dd>{money(billedMicros)}</dd>
          <dd class="quiet">
            <ProvenanceBadge provenance="billed" /> {comparison(billedMicros, meteredMicros)}
          </dd>
        </div>
        <div>
          <dt>Pending</dt>
          <dd>{money(pendingMicros)}</dd>
          <dd class="quiet">metered, on no bill yet</dd>
        </div>
        <div>
          <dt>Not metered</dt>
          <dd>{money(unmetered.reduce((sum, { micros }) => sum + micros, 0))}</dd>
          <dd class="quiet">on the bill beside machines</dd>
        </div>
      </dl>
      {unmetered.length > 0 && <Unmetered invoices={invoices} />}
      <BillDays snapshot={snapshot} />
      {sources
        .filter(({ failure }) => failure !== undefined)
        .map((source) => (
          <Trouble key={`${source.title} ${source.account}`} source={source} />
        ))}
      {sources.map(({ title, account, readAt, spentToday }) => (
        <p key={`${title} ${account}`} class="quiet facts account-facts">
          <span class="fact">{title}</span>
          <span class="fact">{account}</span>
          <span class="fact">
            {readAt === undefined ? 'not read yet' : `read ${ago(readAt, now)}`}
          </span>
          {spentToday > 0 && <span class="fact">reading it cost {money(spentToday)} today</span>}
        </p>
      ))}
    </section>
  );
}

/** What had been said before the bill came. */
function comparison(billed: number, metered: number): string {
  if (metered <= 0) return 'for what was metered';
  const share = billed / metered - 1;
  if (Math.abs(share) < 0.005) return 'as was metered';
  return `metered ${money(metered)}: ${percent(Math.abs(share))} ${share < 0 ? 'less' : 'more'}`;
}

function Unmetered({ invoices: { unmetered, foreign } }: { invoices: InvoiceView }) {
  const told = unmetered.slice(0, MOST_KINDS);
  const rest = unmetered.slice(MOST_KINDS);
  return (
    <ul class="bill-kinds">
      {told.map(({ kind, micros }) => (
        <li key={kind}>
          <span>{kind}</span> {money(micros)}
        </li>
      ))}
      {rest.length > 0 && (
        <li>
          <span>{rest.length} more</span> {money(rest.reduce((sum, { micros }) => sum + micros, 0))}
        </li>
      )}
      {foreign.map(({ currency, micros }) => (
        <li key={currency}>
          <span>in {currency}</span> {(micros / 1e6).toFixed(2)}
        </li>
      ))}
    </ul>
  );
}

function Trouble({ source: { failure } }: { source: InvoiceSource }) {
  if (!failure) return null;
  return (
    <div class="account-failure">
      <p>
        <FailureIcon /> {failure.message}
      </p>
      <p>
        <strong>What to do:</strong> {failure.remedy}
      </p>
    </div>
  );
}
