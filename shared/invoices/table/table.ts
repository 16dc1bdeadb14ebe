import type { Amount } from '../amount.ts';

/** What a file holds in one place: CSV has text alone. */
export type Cell = unknown;

/** One column of some rows. An array is one. */
export interface Column {
  at(row: number): Cell;
  /** The amount in a cell, where its bytes tell at once; where undefined, its text may be one yet. */
  amount?(row: number): Amount | undefined;
}

/** Some rows of a table, column by column: `columns[2].at(r)` is the third column of row `r`. */
export interface Rows {
  /** The number of the first of them, as a spreadsheet would count: a CSV's header is row 1. */
  first: number;
  count: number;
  columns: readonly Column[];
  /** See `Table.read`. Absent where the table knows no better than to compare the cells. */
  alike?: ArrayLike<number>;
}

/** A file of rows under names. */
export interface Table {
  names: readonly string[];
  /**
   * Reads the columns at these places of `names`, rows in their order, some at a time: each batch
   * is good until the next one is asked for. Rows with one number in `alike` have the same cells in
   * the first `compared` of the columns; not all that have the same need have one number.
   */
  read(columns: readonly number[], compared?: number): AsyncIterable<Rows>;
}

/** A file that is not what it seems to be. The message names the row and column where it can. */
export class TableError extends Error {
  override name = 'TableError';
}
