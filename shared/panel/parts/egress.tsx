import type { BucketView } from '../../model/bucket.ts';
import type { EgressView, TransferView } from '../../model/egress.ts';
import { egressRange, formatBytes, formatEgress } from '../../model/egress_words.ts';
import type { JobView, Snapshot } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { ago, compact, dayOf, money } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { ProvenanceBadge } from './figure.tsx';

/** So many jobs are told one by one; the rest send less than each of them. */
const MOST_JOBS = 8;

/** What leaves the machines, and what that costs beside them. Nothing where nobody measures it. */
export function Egress({ snapshot: { jobs, transfers = [] } }: { snapshot: Snapshot }) {
  const sending = jobs
    .flatMap((job) => (job.mine && job.egress ? [{ job, egress: job.egress }] : []))
    .filter(({ egress }) => (egress.total.sent ?? 0) > 0 || (egress.total.written ?? 0) > 0)
    .sort((a, b) => (b.egress.total.sent ?? 0) - (a.egress.total.sent ?? 0))
    .slice(0, MOST_JOBS);
  if (sending.length === 0 && transfers.length === 0) return null;
  return (
    <section class="card" aria-labelledby="egress-title">
      <header class="card-head">
        <h2 id="egress-title">Data out</h2>
        <p class="quiet">beside what machines cost</p>
      </header>
      <ul class="egress">
        {sending.map(({ job, egress }) => (
          <Sending key={job.id} job={job} egress={egress} />
        ))}
      </ul>
      {transfers.filter(hasTold).map((transfer) => (
        <Transfer key={transfer.account} transfer={transfer} />
      ))}
      {transfers.flatMap(({ account, buckets = [] }) =>
        buckets.map((bucket) => <Bucket key={`${account} ${bucket.name}`} bucket={bucket} />),
      )}
    </section>
  );
}

function Sending({ job, egress }: { job: JobView; egress: EgressView }) {
  const { sent, written } = egress.total;
  return (
    <li>
      <div>
        <strong>{job.name}</strong>
        <p class="quiet facts">
          {sent !== undefined && <span class="fact">{formatBytes(sent)} sent</span>}
          {written !== undefined && <span class="fact">{formatBytes(written)} to disks</span>}
          <Checkpoint egress={egress} />
        </p>
      </div>
      <span class="egress-cost" title={egressRange(egress.totalCost, money)}>
        {sent !== undefined && formatEgress(egress.totalCost, money)}
      </span>
    </li>
  );
}

function Checkpoint({ egress: { checkpoint } }: { egress: EgressView }) {
  const now = useNow();
  if (!checkpoint) return null;
  const { at, ms, bytes, by, everyMs, cost, bucket } = checkpoint;
  const often = everyMs === undefined ? ago(at, now) : `every ${formatDuration(everyMs)}`;
  const each = cost && cost.high > 0 ? `, ${formatEgress(cost, money)} each` : '';
  const requests = bucket
    ? `; ${bucket.name} took in that of ${ago(bucket.at, now)} in ${compact(bucket.puts)} requests`
    : '';
  const way = by === 'sent' ? 'sent' : 'written to disks';
  return (
    <span class="fact" title={`${way} in ${formatDuration(ms)}, ${ago(at, now)}${requests}`}>
      checkpoint of {formatBytes(bytes)} {often}
      {each}
      {bucket && `, to ${bucket.name}`}
    </span>
  );
}

/** Of an account that only told of its buckets nobody knows what its machines sent. */
function hasTold({ sentBytes, billed }: TransferView): boolean {
  return sentBytes > 0 || billed !== undefined;
}

/** The estimate of an account's month beside what its bills say so far. */
function Transfer({ transfer }: { transfer: TransferView }) {
  const { account, sentBytes, cost, basis, billed } = transfer;
  return (
    <p class="quiet facts account-facts">
      <span class="fact">{account}</span>
      <span class="fact">{formatBytes(sentBytes)} this month</span>
      <span class="fact" title={[egressRange(cost, money), basis].filter(Boolean).join('; ')}>
        {formatEgress(cost, money)}
      </span>
      {billed && (
        <span class="fact">
          billed {money(billed.micros)} until {dayOf(billed.through - 1)}, at most{' '}
          {money(billed.listMicros)} by what was sent
        </span>
      )}
    </p>
  );
}

/** What a bucket of the account was asked for this month, by whomever: beside all other sums. */
function Bucket({ bucket: { name, use, cost } }: { bucket: BucketView }) {
  const basis = cost ? `${cost.basis}; ` : '';
  return (
    <p class="quiet facts account-facts">
      <span class="fact">{name}</span>
      <span class="fact">
        {formatBytes(use.uploaded)} in, {formatBytes(use.downloaded)} out this month
      </span>
      <span class="fact" title={`${basis}whoever asked: in no job’s cost`}>
        {compact(use.puts + use.gets)} requests, {cost ? money(cost.micros) : 'price unknown'}
        {cost && ' '}
        {cost && <ProvenanceBadge provenance={cost.provenance} brief />}
      </span>
    </p>
  );
}
