import type { AlertSettings } from '../config/alerts.ts';
import { formatMoney } from '../model/money.ts';
import { isBilled } from '../model/node.ts';
import type { NodeView } from '../model/snapshot.ts';
import { type Instant, MINUTE } from '../model/time.ts';
import { leftoverFindings } from './leftover.ts';
import type { Finding, Rule } from './rule.ts';

/** Roundings of an hour's shares leave at most so much of a price unaccounted for. */
const WHOLE = 0.999;

/**
 * `orphan`: a machine of mine that is paid for and that no job holds any part of, and what was left
 * behind: disks and addresses that no machine has.
 */
export function orphanRule(settings: AlertSettings['orphan']): Rule {
  const machines = machineFindings(settings);
  const leftovers = leftoverFindings(settings);
  return { id: 'orphan', evaluate: (scene) => [...machines(scene), ...leftovers(scene)] };
}

function machineFindings({ forMinutes }: AlertSettings['orphan']): Rule['evaluate'] {
  let since = new Map<string, Instant>();
  return ({ nodes, now }) => {
    const orphans = nodes.filter(isOrphan);
    since = new Map(orphans.map(({ id }) => [id, Math.min(since.get(id) ?? now, now)]));
    return orphans.map((node) => findingOf(node, since.get(node.id) ?? now, forMinutes * MINUTE));
  };
}

function isOrphan(node: NodeView): boolean {
  const { mine, price, idle } = node;
  if (!mine || !isBilled(node) || !price || price.microsPerHour === 0) return false;
  return idle.micros >= price.microsPerHour * WHOLE;
}

function findingOf(node: NodeView, since: Instant, holdMs: number): Finding {
  const { id, name, gpus, idle, price } = node;
  const money = `${formatMoney(idle.micros)}/h`;
  const what = gpus.count > 0 ? `${gpus.count} ${gpus.model ?? 'GPU'}` : 'no GPU';
  return {
    subject: id,
    subjectKind: 'node',
    severity: 'warning',
    title: `${name} runs without a job and costs ${money}`,
    detail: 'It is paid for and nothing that Burnrate sees uses it. Stop it where it was started.',
    evidence: [
      { label: 'machine', value: what },
      { label: 'held by jobs', value: 'nothing' },
      { label: 'rate', value: `${money} (${price?.provenance ?? 'price unknown'})` },
    ],
    microsPerHour: Math.max(0, idle.micros),
    since,
    holdMs,
  };
}
