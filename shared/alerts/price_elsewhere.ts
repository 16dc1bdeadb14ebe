import type { AlertSettings } from '../config/alerts.ts';
import { formatMoney, toMicros } from '../model/money.ts';
import type { JobView, NodeView } from '../model/snapshot.ts';
import { MINUTE } from '../model/time.ts';
import { gpuKindOf } from '../pricing/catalogue/gpu.ts';
import {
  type Elsewhere,
  elsewhere,
  type Offer,
  offersOfNodes,
  sayElsewhere,
  saySource,
  type WantedGpus,
} from '../pricing/elsewhere.ts';
import type { Finding, Rule, Scene } from './rule.ts';
import { hourly, isWatched, rateEvidence } from './subject.ts';

/** A job that ends sooner is not worth the move. */
const HOLD_MS = 15 * MINUTE;
/** So many other providers are named beside the cheapest one. */
const NAMED = 3;

/**
 * `price-elsewhere`: the same GPUs cost much less elsewhere. Information, of which there is one at
 * a time: the job with which most would be saved speaks for all.
 */
export function priceElsewhereRule(settings: AlertSettings['priceElsewhere']): Rule {
  return {
    id: 'price-elsewhere',
    evaluate: (scene) => {
      const offers = [...(scene.offers?.() ?? []), ...offersOfNodes(scene.nodes)];
      if (offers.length === 0) return [];
      const nodes = new Map(scene.nodes.map((node) => [node.id, node]));
      const cases = scene.jobs.filter(isWatched).flatMap((job) => {
        const found = compare(job, nodes, offers);
        const [best] = found;
        if (!best) return [];
        const saved = job.rate.micros - best.microsPerHour;
        const worthwhile =
          saved >= job.rate.micros * settings.share && saved >= toMicros(settings.atLeast);
        return worthwhile ? { job, found, best, saved } : [];
      });
      if (cases.length === 0) return [];
      const most = cases.reduce((a, b) => (b.saved > a.saved ? b : a));
      return [findingOf(most, cases.length - 1, scene)];
    },
  };
}

/** What the job's GPUs cost elsewhere; nothing where they are of several kinds, or of one unknown. */
function compare(
  job: JobView,
  nodes: ReadonlyMap<string, NodeView>,
  offers: readonly Offer[],
): Elsewhere[] {
  const held = job.shares.flatMap(({ node }) => nodes.get(node) ?? []);
  const wanted = wantedBy(job, held, offers);
  if (!wanted || job.rate.unpriced > 0) return [];
  const except = new Set(held.flatMap(({ priceKey }) => priceKey?.provider ?? []));
  return elsewhere(wanted, offers, { except });
}

function wantedBy(
  job: JobView,
  held: readonly NodeView[],
  offers: readonly Offer[],
): WantedGpus | undefined {
  const [first, ...others] = held;
  const model = first?.gpus.model;
  if (!first || !model || others.some(({ gpus }) => gpus.model !== model)) return undefined;
  if (!Number.isInteger(job.gpus)) return undefined;
  const { priceKey } = first;
  // The catalogue may know more of this machine than it tells itself: how much memory, which form.
  const known = offers.find(
    ({ provider, type }) => provider === priceKey?.provider && type === priceKey.instanceType,
  );
  const kind = { ...gpuKindOf(model), ...known?.gpus.kind };
  return kind.family === undefined
    ? undefined
    : { count: job.gpus, kind: { ...kind, family: kind.family } };
}

function findingOf(
  { job, found, best }: { job: JobView; found: Elsewhere[]; best: Elsewhere },
  others: number,
  { now }: Scene,
): Finding {
  const more = others === 0 ? '' : ` ${others} more of your jobs would cost less elsewhere, too.`;
  return {
    subject: 'price-elsewhere',
    subjectKind: 'account',
    severity: 'info',
    title: `${job.name} costs ${hourly(job)}; ${sayElsewhere(best)}`,
    detail: `By ${saySource(best, now)}. What a move costs (data, egress, time) is not in it.${more}`,
    evidence: [
      rateEvidence(job),
      ...found.slice(0, NAMED + 1).map((one) => ({
        label: one.offer.provider,
        value: `${formatMoney(one.microsPerHour)}/h (${saySource(one, now)})`,
      })),
    ],
    microsPerHour: 0,
    since: now,
    holdMs: HOLD_MS,
  };
}
