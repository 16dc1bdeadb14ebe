import type { z } from 'zod';
import type { Account } from '../model/account.ts';
import type { Micros } from '../model/money.ts';
import type { Instant, Interval } from '../model/time.ts';
import type { Check, Discovery, Surroundings } from '../sources/source.ts';
import type { InvoiceLine } from './line.ts';

/**
 * # How to write an invoice reader
 *
 * A reader fetches what a provider has billed one account and yields it in FOCUS's columns. It goes
 * into `invoices/<provider>/`, is made with `defineReader`, and is named in `invoices/index.ts`.
 *
 * - A bill comes in **parts**: whatever the provider delivers anew as a whole (a month's export, a
 *   day of Cost Explorer, a partition of BigQuery). Give each a name that stays (`2026-11`,
 *   `2026-11-24`) and a version that changes when its content does (an ETag, a modification time,
 *   a digest). A part whose version is in `known` need not be read: that is all of "only new".
 * - Yield a part in one or more batches, its last one with `complete: true`. Only then, and in one
 *   transaction, does it take the place of the part's earlier edition: corrected lines change, late
 *   ones come, what is gone goes. A reader that throws or is killed before leaves the earlier one.
 * - Where only additions can be read (rows that came since), name a part for each delivery.
 * - Yield lines as they come, some thousand a batch, never a whole month in memory. Batches wait
 *   for the store.
 * - Call `spend()` before each paid call. It notes the reader's `callMicros`, and throws where the
 *   account's ceiling for the day is reached: let that through.
 * - Throw a SourceError (see sources/source.ts) with what happened, to which account, and what to do
 *   next; `retryAfterMs` where the provider said so. Honour the signal.
 * - Money is text in digits (see line.ts). Turn no amount into a number.
 */
export interface InvoiceReader<Settings = unknown> {
  /** `aws-cost-explorer`; also the name of its section under `invoices` in burnrate.yaml. */
  readonly id: string;
  readonly title: string;
  /** The source whose accounts it reads bills of: `aws`. */
  readonly source: string;
  /**
   * How much its lines tell, from 1 (a day of a service) to 9 (an hour of a resource). Where two
   * readers, or a reader and an imported file, bill one account's day, only the higher counts.
   */
  readonly precision: number;
  /** How often bills are looked at, and how long one reading may take. */
  readonly cadence: { everyMs: number; deadlineMs: number };
  /** What the provider charges for one call; 0 for free APIs. */
  readonly callMicros: Micros;
  /** What this reader may spend for one account in one day. */
  readonly dailyCeilingMicros: Micros;
  /** Parses `undefined` to its defaults; a reader that needs more than defaults is off until set. */
  readonly settings: z.ZodType<Settings>;
  /**
   * The accounts it will read, of those that its source watches and of its own settings. Several
   * profiles may have one bill: give it once. None, with where it looked, where it is not set up.
   * Reads files and settings only, no network.
   */
  accounts(
    watched: readonly Account[],
    surroundings: Surroundings,
    settings: Settings,
  ): Promise<Discovery>;
  open(account: Account, surroundings: Surroundings, settings: Settings): InvoiceConnection;
}

/** An account's bill, opened. */
export interface InvoiceConnection {
  /** Yields what has changed. Throws a SourceError; what was complete by then is kept. */
  read(request: ReadRequest): AsyncIterable<InvoiceBatch>;
  /** Tries what it needs and says what is missing. Never rejects, and spends nothing. */
  diagnose(signal: AbortSignal): Promise<Check[]>;
  close?(): Promise<void>;
}

export interface ReadRequest {
  /** Bills for time before this are not wanted. */
  since: Instant;
  /** The version of each part that is kept already. */
  known: ReadonlyMap<string, string>;
  /**
   * To be called before each paid call. Throws a SourceError (`throttled`) where that would go
   * beyond the day's ceiling. Of a call whose price is known only now (bytes scanned), give that.
   */
  spend(micros?: Micros): void;
  signal: AbortSignal;
}

export interface InvoiceBatch {
  part: string;
  version: string;
  /** When the provider made this version; the newest wins. */
  asOf: Instant;
  /** What time the part is about. Lines whose charge period begins elsewhere are refused. */
  span: Interval;
  lines: readonly InvoiceLine[];
  /** The last batch of its part. */
  complete: boolean;
}

/** Keeps a reader's own settings type while it is written, and forgets it for the registry. */
export function defineReader<Settings>(reader: InvoiceReader<Settings>): InvoiceReader<Settings> {
  return reader;
}
