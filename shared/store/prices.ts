import type { Matched, UnusedCommitment } from '../invoices/matched.ts';
import { PriceKey, priceKeyText, type Quote } from '../model/rate.ts';
import { DAY, type Instant, type Interval } from '../model/time.ts';
import type { Connection } from './connection.ts';
import type { PricePoint } from './store.ts';

interface MatchedRow {
  account: string;
  key: string;
  commitment: string;
  day: number;
  list_micros: number;
  billed_micros: number;
  final: number;
}

/** How long the history of spot prices is kept. */
const HISTORY_MS = 90 * DAY;

/** What prices were over time, and what bills made of them. */
export class Prices {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  saveMatched(pairs: readonly Matched[]): void {
    for (const pair of pairs) {
      this.#connection.run(
        'INSERT OR REPLACE INTO matched VALUES (?, ?, ?, ?, ?, ?, ?)',
        pair.account,
        JSON.stringify(PriceKey.parse(pair.priceKey)),
        pair.commitment ?? '',
        pair.day,
        pair.listMicros,
        pair.billedMicros,
        Number(pair.final),
      );
    }
  }

  matched(sinceDay: number): Matched[] {
    return this.#connection
      .all<MatchedRow>('SELECT * FROM matched WHERE day >= ? ORDER BY day', sinceDay)
      .map((row) => ({
        account: row.account,
        priceKey: PriceKey.parse(JSON.parse(row.key)),
        ...(row.commitment !== '' && { commitment: row.commitment }),
        day: row.day,
        listMicros: row.list_micros,
        billedMicros: row.billed_micros,
        final: row.final === 1,
      }));
  }

  saveUnused(list: readonly UnusedCommitment[]): void {
    for (const { account, commitment, day, micros } of list) {
      this.#connection.run(
        'INSERT OR REPLACE INTO unused_commitment VALUES (?, ?, ?, ?)',
        account,
        commitment,
        day,
        micros,
      );
    }
  }

  unused(sinceDay: number): UnusedCommitment[] {
    return this.#connection.all<UnusedCommitment>(
      'SELECT * FROM unused_commitment WHERE day >= ? ORDER BY day',
      sinceDay,
    );
  }

  /** Notes the spot prices among the quotes that are not what they were. */
  note(quotes: readonly Quote[]): void {
    for (const { key, nodeId, rate } of quotes) {
      if (key.market !== 'spot' || nodeId !== undefined) continue;
      const place = priceKeyText(key);
      const before = this.#connection.get<{ micros_per_hour: number }>(
        'SELECT micros_per_hour FROM spot_price WHERE key = ? AND at <= ? ORDER BY at DESC LIMIT 1',
        place,
        rate.asOf,
      );
      if (before?.micros_per_hour === rate.microsPerHour) continue;
      this.#connection.run(
        'INSERT OR REPLACE INTO spot_price VALUES (?, ?, ?)',
        place,
        rate.asOf,
        rate.microsPerHour,
      );
    }
  }

  history(key: PriceKey, { from, to }: Interval): PricePoint[] {
    return this.#connection
      .all<{ at: number; micros_per_hour: number }>(
        `SELECT at, micros_per_hour FROM spot_price WHERE key = ?1 AND at < ?3 AND at >= coalesce(
           (SELECT max(at) FROM spot_price WHERE key = ?1 AND at <= ?2), ?2) ORDER BY at`,
        priceKeyText(key),
        from,
        to,
      )
      .map((row) => ({ at: row.at, microsPerHour: row.micros_per_hour }));
  }

  compact(now: Instant): void {
    this.#connection.run('DELETE FROM spot_price WHERE at < ?', now - HISTORY_MS);
  }
}
