import type { Micros } from '../model/money.ts';
import type { PriceKey } from '../model/rate.ts';

/**
 * What one kind of machine of one account cost on one day, at list prices and by its bill: the
 * pairs that calibration learns from. Only time for which there is both.
 */
export interface Matched {
  /** As the nodes have it: `aws:default`. */
  account: string;
  priceKey: PriceKey;
  /** The reservation or plan that covered it; lines that none covered have a pair of their own. */
  commitment?: string;
  /** Days since the epoch (UTC). */
  day: number;
  /**
   * What the bill's own list price comes to; where it has none, what was metered at list. Of spot
   * machines always the latter (`Rate.list`, where a rate has it): a bill's list price of spot
   * capacity is mostly that of machines on demand.
   */
  listMicros: Micros;
  /** The effective cost: what was paid ahead is spread over the use that it covers. */
  billedMicros: Micros;
  /** No line of it will change any more. */
  final: boolean;
}

/** What a reservation or plan of one account was not used for on one day, though it was paid. */
export interface UnusedCommitment {
  account: string;
  commitment: string;
  /** Days since the epoch (UTC). */
  day: number;
  /** Nothing where all of it was used: that, too, says how much it is. */
  micros: Micros;
}
