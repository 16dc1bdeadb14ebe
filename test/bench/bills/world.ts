import { type BillLine, finalBill } from './bill.ts';
import { CONTRACT, type Contract } from './contract.ts';
import { Dice } from './dice.ts';
import { type Edition, editionsOf } from './editions.ts';
import { type Kind, type Step, spotPath } from './market.ts';
import { services } from './sustained.ts';
import { DAY_S, jobsOver, type Machine, type Span, sleepsOver } from './work.ts';

/** Sixty days of one team's work, what it cost, and when its bills came. */
export interface World {
  days: number;
  machines: Machine[];
  sleeps: Span[];
  lines: BillLine[];
  editions: Edition[];
  spotOf(kind: Kind, zone: string): readonly Step[];
}

/**
 * Makes a world from a seed. Nothing here is of the product: prices, discounts, the plan and all
 * arithmetic are this folder's own, so that a mistake cannot be made on both sides.
 */
export function worldOf(seed: number, days = 60, contract: Contract = CONTRACT): World {
  const dice = new Dice(seed);
  const machines = [...jobsOver(days, dice), ...services()];
  const sleeps = sleepsOver(days, dice);
  const paths = new Map<string, Step[]>();
  const spotOf = (kind: Kind, zone: string) => {
    const place = `${kind.type} ${zone}`;
    const known = paths.get(place) ?? spotPath(kind, zone, (days + 6) * DAY_S, seed);
    paths.set(place, known);
    return known;
  };
  const lines = finalBill(machines, contract, ({ kind, zone }) => spotOf(kind, zone));
  return { days, machines, sleeps, lines, editions: editionsOf(lines, seed), spotOf };
}
