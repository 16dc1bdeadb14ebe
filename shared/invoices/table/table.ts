/** What a file holds in one place: CSV has text alone. */
export type Cell = unknown;

/** Some rows of a table, column by column: `columns[2][r]` is the third column of row `r`. */
export interface Rows {
  /** The number of the first of them, as a spreadsheet would count: a CSV's header is row 1. */
  first: number;
  count: number;
  columns: readonly ArrayLike<Cell>[];
}

/** A file of rows under names. */
export interface Table {
  names: readonly string[];
  /** Reads the columns at these places of `names`, rows in their order, some at a time. */
  read(columns: readonly number[]): AsyncIterable<Rows>;
}

/** A file that is not what it seems to be. The message names the row and column where it can. */
export class TableError extends Error {
  override name = 'TableError';
}
