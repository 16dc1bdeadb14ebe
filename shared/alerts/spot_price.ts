import type { AlertSettings } from '../config/alerts.ts';
import { formatMoney, type Micros, toMicros } from '../model/money.ts';
import { type PriceKey, priceKeyText } from '../model/rate.ts';
import type { NodeView } from '../model/snapshot.ts';
import { DAY, formatDuration, HOUR, type Instant } from '../model/time.ts';
import type { Finding, Rule, Scene } from './rule.ts';

/** What a price usually is, is its median over this time, weighted by how long each held. */
const USUAL_MS = 7 * DAY;
/** A shorter history is no usual. */
const LEAST_MS = 12 * HOUR;

/** A spot price, and since when. */
interface Point {
  at: Instant;
  microsPerHour: Micros;
}

/**
 * `spot-price`: what I pay for a kind of spot machine, in one zone, is far above what it usually
 * is there. One finding a kind and zone, however many such machines run.
 */
export function spotPriceRule(settings: AlertSettings['spotPrice']): Rule {
  return {
    id: 'spot-price',
    evaluate: (scene) => {
      const mine = scene.nodes.filter(
        ({ mine, state, priceKey }) => mine && state === 'running' && priceKey?.market === 'spot',
      );
      const byKey = Map.groupBy(mine, ({ priceKey }) => (priceKey ? priceKeyText(priceKey) : ''));
      return [...byKey.values()].flatMap((nodes) => {
        const key = nodes[0]?.priceKey;
        return key ? (findingOf(key, nodes, scene, settings) ?? []) : [];
      });
    },
  };
}

function findingOf(
  key: PriceKey,
  nodes: readonly NodeView[],
  scene: Scene,
  { share, atLeast }: AlertSettings['spotPrice'],
): Finding | undefined {
  const { now } = scene;
  const history = scene.spotPrices?.(key, now - USUAL_MS) ?? [];
  const last = history.at(-1);
  const usual = usualOf(history, now);
  if (!last || usual === undefined || usual === 0) return undefined;
  const limit = usual * (1 + share);
  const more = (last.microsPerHour - usual) * nodes.length;
  if (last.microsPerHour < limit || more < toMicros(atLeast)) return undefined;
  const below = history.findLastIndex(({ microsPerHour }) => microsPerHour < limit);
  const since = history[below + 1]?.at ?? last.at;
  const place = key.zone ?? key.region;
  const rise = `${Math.round((last.microsPerHour / usual - 1) * 100)}%`;
  const price = `${formatMoney(last.microsPerHour)}/h`;
  const all = nodes.length === 1 ? '' : `, of which you run ${nodes.length}`;
  return {
    subject: `spot-price:${priceKeyText(key)}`,
    subjectKind: 'account',
    severity: 'info',
    title: `Spot ${key.instanceType} in ${place} costs ${price}, ${rise} more than usual`,
    detail: `Over the last ${formatDuration(now - (history[0]?.at ?? now))} it was mostly ${formatMoney(usual)}/h. That is ${formatMoney(more)}/h more for what you run there${all}.`,
    evidence: [
      { label: 'now', value: price },
      { label: `usual in ${place}`, value: `${formatMoney(usual)}/h` },
      { label: 'machines', value: nodes.map(({ name }) => name).join(', ') },
    ],
    // Dearer is no waste: what it pays for is used.
    microsPerHour: 0,
    since,
    holdMs: 0,
  };
}

/** The price that held for half of the time or longer; undefined where too little is known. */
function usualOf(history: readonly Point[], now: Instant): Micros | undefined {
  const [first] = history;
  if (!first || now - first.at < LEAST_MS) return undefined;
  const held = history.map(({ at, microsPerHour }, index) => ({
    microsPerHour,
    ms: (history[index + 1]?.at ?? now) - at,
  }));
  const sorted = held.toSorted((a, b) => a.microsPerHour - b.microsPerHour);
  let left = (now - first.at) / 2;
  return sorted.find(({ ms }) => {
    left -= ms;
    return left <= 0;
  })?.microsPerHour;
}
