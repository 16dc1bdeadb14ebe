import { type Instant, SECOND } from '../../model/time.ts';
import { FLOWS } from '../../model/traffic.ts';
import type { Endpoint } from './endpoint.ts';
import type { ScrapeResult } from './scrape.ts';

/** So many collections in a row, equally far apart, and the exporter's pace is known. */
const ENOUGH = 3;
/** Whatever its pace, each is asked this often: what rests on older readings says nothing of now. */
const LONGEST_MS = 40 * SECOND;
/**
 * One is asked again by so many times the time between two readings before its next collection is
 * due: a change is seen up to one such time late, and the least of three gaps is at most a third of
 * one too long. So no collection is seen later than if it were asked every time; and of an exporter
 * that has become quicker the next change is there already, which makes the gap smaller each time.
 */
const EARLY = 4 / 3;

interface Known {
  sum: number;
  askedAt: Instant;
  changedAt: Instant;
  toldAt: Instant;
  /** Times between the last changes, as long as they are equal. */
  gaps: number[];
}

/**
 * Exporters read their GPUs at a pace of their own (dcgm-exporter each 30 s unless its
 * `--collect-interval` says otherwise) and answer with the same until the next time. To ask more
 * often costs both sides something and tells nothing: so the pace of each is learned from when its
 * answers change, and it is asked again when the next change is near.
 */
export class Collections {
  readonly #known = new Map<Endpoint, Known>();

  /**
   * Takes what an exporter has answered; `everyMs` is the time between two readings. Whether that is
   * to be told: a collection once, where the pace is known, and again only lest it become too old.
   */
  heard(endpoint: Endpoint, result: ScrapeResult, now: Instant, everyMs: number): boolean {
    const sum = sumOf(result);
    const before = this.#known.get(endpoint);
    if (!before || before.askedAt > now) {
      this.#known.set(endpoint, { sum, gaps: [], askedAt: now, changedAt: now, toldAt: now });
      return true;
    }
    before.askedAt = now;
    const isNew = sum !== before.sum;
    if (isNew) learn(before, now, everyMs);
    else if (before.gaps.length === ENOUGH && now - before.toldAt < LONGEST_MS) return false;
    before.sum = sum;
    before.toldAt = now;
    return true;
  }

  /** Forgets an exporter that did not answer: it may have been started anew. */
  forget(endpoint: Endpoint): void {
    this.#known.delete(endpoint);
  }

  /** The time between two collections of an exporter, as far as it is known. */
  paceOf(endpoint: Endpoint): number | undefined {
    const known = this.#known.get(endpoint);
    return known && known.gaps.length === ENOUGH ? Math.min(...known.gaps) : undefined;
  }

  /** Whether asking an exporter may tell anything new. */
  isDue(endpoint: Endpoint, now: Instant, everyMs: number): boolean {
    const known = this.#known.get(endpoint);
    const pace = this.paceOf(endpoint);
    if (!known || pace === undefined || known.askedAt > now) return true;
    const next = known.changedAt + pace - everyMs * EARLY;
    return now >= Math.min(next, known.askedAt + LONGEST_MS);
  }
}

/** Takes in a change. Readings that stand still (a GPU without work) have no pace: theirs are at any distance. */
function learn(known: Known, now: Instant, everyMs: number): void {
  const gap = now - known.changedAt;
  const isSteady = known.gaps.every((other) => Math.abs(other - gap) <= everyMs * 1.5);
  known.gaps = isSteady ? [...known.gaps, gap].slice(-ENOUGH) : [];
  known.changedAt = now;
}

/** Of all figures, each by its place: two answers of one sum are the same collection. */
function sumOf({ samples, progress, traffic }: ScrapeResult): number {
  let [sum, place] = [0, 0];
  const add = (value: number | undefined) => {
    place += 1;
    sum += (value ?? 0) * place;
  };
  for (const sample of samples) {
    add(sample.utilization);
    add(sample.engineActive);
    add(sample.tensorActive);
    add(sample.memoryUsed);
    add(sample.power);
    add(sample.pcieTx);
    add(sample.pcieRx);
    add(sample.nvlinkTx);
  }
  for (const { value } of progress) add(value);
  for (const reading of traffic) for (const flow of FLOWS) add(reading[flow]);
  return sum;
}
