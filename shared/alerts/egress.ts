import type { CheckpointView, EgressCost } from '../model/egress.ts';
import { egressRange, formatBytes } from '../model/egress_words.ts';
import { formatMoney, type Micros } from '../model/money.ts';
import type { JobView } from '../model/snapshot.ts';
import { formatDuration, HOUR, type Instant } from '../model/time.ts';
import type { Finding } from './rule.ts';

type Destinations = NonNullable<CheckpointView['to']>;

/** A job whose newest checkpoint is older than so many of its usual times writes none any more. */
const OVERDUE = 3;

/**
 * Checkpoints that leave their machines and cost much by that: an hour of them, as the account's
 * bills make likely, and at most where no bill has told yet where bytes go.
 */
export function egressFinding(job: JobView, now: Instant, atLeast: Micros): Finding | undefined {
  const { checkpoint } = job.egress ?? {};
  const { cost, everyMs, at = 0, bytes = 0, to } = checkpoint ?? {};
  if (!cost || everyMs === undefined || now - at > OVERDUE * everyMs) return undefined;
  const perHour = hourly(cost, everyMs);
  const expected = perHour.likely ?? perHour.high;
  if (expected < atLeast) return undefined;
  const amount = `${formatMoney(expected)}/h`;
  return {
    subject: job.id,
    subjectKind: 'job',
    severity: 'info',
    title: `${job.name} sends a checkpoint of ${formatBytes(bytes)} every ${formatDuration(everyMs)}: ${perHour.likely === undefined ? 'up to ' : ''}${amount} egress`,
    detail: `Beside what its machines cost. To a bucket in the same region, through a gateway endpoint, it costs nothing; less often, or kept on local disks in between, it costs less.`,
    evidence: [
      { label: 'at stake', value: amount },
      { label: 'an hour of them', value: egressRange(perHour, formatMoney) },
      ...(to ? [{ label: 'each, by where it goes', value: destinations(to) }] : []),
    ],
    // What did no work is of machines; this is beside it, and in no sum of theirs.
    microsPerHour: 0,
    since: now,
    holdMs: 0,
  };
}

function hourly(cost: EgressCost, everyMs: number): EgressCost {
  const times = (micros: Micros) => Math.round((micros * HOUR) / everyMs);
  return {
    low: times(cost.low),
    high: times(cost.high),
    ...(cost.likely !== undefined && { likely: times(cost.likely) }),
    unpriced: cost.unpriced,
  };
}

function destinations({ otherZone, otherRegion, internet }: Destinations): string {
  const paid = [
    ['another zone', otherZone],
    ['another region', otherRegion],
    ['the internet', internet],
  ] as const;
  return [
    'the same zone: nothing',
    ...paid.map(([to, micros]) => `${to}: ${formatMoney(micros)}`),
  ].join(', ');
}
