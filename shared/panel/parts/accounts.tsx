import type { AccountView, Snapshot } from '../../model/snapshot.ts';
import { ago, money } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { ProvenanceBadge } from './figure.tsx';
import { ClockIcon, FailureIcon, OkIcon } from './icons.tsx';

/** Where jobs run and bills come from: the troubled ones first, each with what to do. */
export function Accounts({ snapshot }: { snapshot: Snapshot }) {
  if (snapshot.accounts.length === 0) return null;
  const accounts = [...snapshot.accounts].sort(
    (a, b) => URGENCY[a.state] - URGENCY[b.state] || a.title.localeCompare(b.title),
  );
  return (
    <section class="card" aria-labelledby="accounts-title">
      <header class="card-head">
        <h2 id="accounts-title">Accounts</h2>
      </header>
      <ul class="accounts">
        {accounts.map((account) => (
          <AccountItem key={account.id} account={account} />
        ))}
      </ul>
    </section>
  );
}

const URGENCY: Readonly<Record<AccountView['state'], number>> = {
  failed: 0,
  stale: 1,
  starting: 2,
  ok: 3,
};

function AccountItem({ account }: { account: AccountView }) {
  const { failure } = account;
  return (
    <li data-state={account.state}>
      <div class="account-head">
        <strong title={`Tells of ${account.capabilities.join(', ')}`}>{account.title}</strong>
        <StateChip account={account} />
      </div>
      {failure && (
        <div class="account-failure">
          <p>{failure.message}</p>
          <p>
            <strong>What to do:</strong> {failure.remedy}
          </p>
        </div>
      )}
      <p class="quiet facts account-facts">
        <span class="fact">{account.foundIn}</span>
        {account.spentToday > 0 && (
          <span class="fact">
            asking it cost {money(account.spentToday)} today <ProvenanceBadge provenance="list" />
          </span>
        )}
      </p>
    </li>
  );
}

function StateChip({ account }: { account: AccountView }) {
  const now = useNow();
  const age = account.lastSuccessAt === undefined ? undefined : ago(account.lastSuccessAt, now);
  const last = age === undefined ? 'never answered' : `last answer ${age}`;
  switch (account.state) {
    case 'ok':
      return (
        <span class="chip" data-state="ok" title={last}>
          <OkIcon /> OK
        </span>
      );
    case 'stale':
      return (
        <span class="chip" data-state="stale">
          <ClockIcon /> Stale, {last}
        </span>
      );
    case 'failed':
      return (
        <span class="chip" data-state="failed">
          <FailureIcon /> Failed, {last}
        </span>
      );
    case 'starting':
      return (
        <span class="chip" data-state="starting">
          <ClockIcon /> Starting
        </span>
      );
  }
}
