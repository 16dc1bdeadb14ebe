import type { AlertSettings } from '../config/alerts.ts';
import type { Leftover } from '../model/leftover.ts';
import { costsAtLeast, LEFTOVER_NAMES, perMonth } from '../model/leftover_cost.ts';
import { formatMoney } from '../model/money.ts';
import { DAY, type Instant, MINUTE } from '../model/time.ts';
import type { Finding, Scene } from './rule.ts';

/**
 * What is paid for and used by nothing, one finding each, so that who keeps a disk on purpose can
 * acknowledge that one. The disks of a stopped machine wait for it: they are said much later.
 */
export function leftoverFindings(
  settings: AlertSettings['orphan'],
): (scene: Pick<Scene, 'leftovers' | 'now'>) => Finding[] {
  let since = new Map<string, Instant>();
  return ({ leftovers = [], now }) => {
    const dear = leftovers.filter((one) => costsAtLeast(one, settings.atLeastPerMonth));
    since = new Map(dear.map(({ id, since: told }) => [id, told ?? since.get(id) ?? now]));
    return dear.map((one) => findingOf(one, Math.min(now, since.get(one.id) ?? now), settings));
  };
}

function findingOf(
  leftover: Leftover,
  since: Instant,
  { leftoverMinutes, stoppedDays }: AlertSettings['orphan'],
): Finding {
  const { id, kind, name, sizeGb, region, machine, rate, remove } = leftover;
  const monthly = formatMoney(rate ? perMonth(rate) : 0);
  const what = LEFTOVER_NAMES[kind];
  const why = machine ? `waits for ${machine}, which is stopped` : 'is used by nothing';
  return {
    subject: id,
    subjectKind: 'leftover',
    severity: 'warning',
    title: `${what[0]?.toUpperCase()}${what.slice(1)} ${name} costs ${monthly} a month and ${why}`,
    detail: `If nobody needs it: ${remove}${kind === 'address' ? '' : ' (what is on it is then gone for good)'}. Burnrate deletes nothing.`,
    evidence: [
      ...(sizeGb === undefined ? [] : [{ label: 'size', value: `${sizeGb} GB` }]),
      { label: 'place', value: region },
      { label: 'price', value: `${monthly} a month (${rate?.basis ?? 'price unknown'})` },
    ],
    microsPerHour: rate?.microsPerHour ?? 0,
    since,
    holdMs: machine ? stoppedDays * DAY : leftoverMinutes * MINUTE,
  };
}
