import { type Micros, split } from '../../model/money.ts';
import { type PriceKey, priceKeyText } from '../../model/rate.ts';
import type { ComputeLine, UnusedSum } from '../../store/bills/reads.ts';
import type { Matched, UnusedCommitment } from '../matched.ts';
import type { Assigned } from './match.ts';

/**
 * What calibration learns from one day: list and billed by account, kind of machine and commitment,
 * and what commitments were not used for. Takes all that is assigned to an hour of a node at once,
 * nodes in any order.
 */
export class Pairs {
  readonly #day: number;
  readonly #pairs = new Map<string, Matched>();
  readonly #used = new Map<string, UnusedCommitment & { used: Micros }>();

  constructor(day: number) {
    this.#day = day;
  }

  add(assigned: readonly Assigned[]): void {
    const byHour = Map.groupBy(assigned, ({ metered }) => metered);
    for (const { line, metered, billed, list } of assigned) {
      const priceKey = metered.node.priceKey as PriceKey;
      const { account } = metered.node;
      const commitment = line.item.commitmentDiscountId;
      const key = [account, priceKeyText(priceKey), commitment ?? ''].join(' ');
      const pair = this.#pairs.get(key) ?? {
        account,
        priceKey,
        ...(commitment !== undefined && { commitment }),
        day: this.#day,
        listMicros: 0,
        billedMicros: 0,
        final: true,
      };
      const ofBill = priceKey.market === 'spot' ? undefined : list;
      const part = partOf(line, byHour.get(metered) ?? []);
      pair.listMicros += ofBill ?? Math.round(metered.listMicros * part);
      pair.billedMicros += billed;
      pair.final &&= line.final;
      this.#pairs.set(key, pair);
      if (commitment !== undefined) this.#use(account, commitment, billed);
    }
  }

  matched(): Matched[] {
    return [...this.#pairs.values()];
  }

  unused(sums: readonly UnusedSum[]): UnusedCommitment[] {
    const used = new Map(this.#used);
    for (const { commitment, wayAccount, micros } of sums) {
      // Several accounts may share one: what is unused is theirs as they used the rest.
      const sharing = [...used.values()].filter((one) => one.commitment === commitment);
      const parts = split(
        micros,
        sharing.map((one) => one.used || 1),
      );
      for (const [index, one] of sharing.entries()) one.micros += parts[index] ?? 0;
      if (sharing.length > 0 || wayAccount === null) continue;
      const alone = { account: wayAccount, commitment, day: this.#day, micros, used: 0 };
      used.set(`${wayAccount} ${commitment}`, alone);
    }
    return [...used.values()].map(({ used: _, ...one }) => one);
  }

  #use(account: string, commitment: string, billed: Micros): void {
    const key = `${account} ${commitment}`;
    const one = this.#used.get(key) ?? { account, commitment, day: this.#day, micros: 0, used: 0 };
    this.#used.set(key, { ...one, used: one.used + Math.max(0, billed) });
  }
}

/** What part of an hour a line is for, of all lines that are about it: commitments may cover some. */
function partOf(line: ComputeLine, lines: readonly Assigned[]): number {
  const quantity = ({ item, consumed = 1 }: ComputeLine) =>
    item.chargeClass === 'Correction' ? 0 : Math.max(0, consumed);
  const sum = lines.reduce((total, one) => total + quantity(one.line), 0);
  return sum > 0 ? quantity(line) / sum : 1 / lines.length;
}
