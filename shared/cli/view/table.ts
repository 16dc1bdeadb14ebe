import { cutLine, fitLine, type Line, say, widthOf } from './text.ts';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => Line;
  align?: 'right';
  /** Where the width does not suffice, columns go in the order of their ranks, the highest first. */
  rank?: number;
  /** This column gives way before any is dropped, down to so many columns of the terminal. */
  shrinksTo?: number;
}

export interface Table {
  head: Line;
  rows: Line[];
}

const GAP = 2;

/** Lays rows out in columns as wide as their widest cell, within `width`. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): Table {
  const measured = columns.map((column) => {
    const cells = rows.map((row) => column.cell(row));
    const wanted = Math.max(widthOf(column.title), ...cells.map(widthOf));
    return { ...column, cells, wanted };
  });
  // A column that no row has anything for says nothing.
  let kept = measured.filter(
    ({ cells }) => cells.length === 0 || cells.some((one) => one.length > 0),
  );
  const least = () =>
    kept.reduce((sum, { shrinksTo, wanted }) => sum + Math.min(wanted, shrinksTo ?? wanted), 0) +
    GAP * (kept.length - 1);
  while (least() > width) {
    const worst = Math.max(...kept.map(({ rank }) => rank ?? 0));
    if (worst === 0) break;
    kept = kept.filter(({ rank }) => (rank ?? 0) !== worst);
  }
  const spare = width - kept.reduce((sum, { wanted }) => sum + wanted + GAP, -GAP);
  const sized = kept.map((column) => ({
    ...column,
    size:
      column.shrinksTo === undefined || spare >= 0
        ? column.wanted
        : Math.max(Math.min(column.shrinksTo, column.wanted), column.wanted + spare),
  }));
  const joined = (cells: Line[]) =>
    cutLine(
      cells.flatMap((cell, index) => (index === 0 ? cell : [say(' '.repeat(GAP)), ...cell])),
      width,
    );
  return {
    head: joined(
      sized.map(({ title, size, align }) => fitLine([say(title, 'quiet')], size, align)),
    ),
    rows: rows.map((_, row) =>
      joined(sized.map(({ cells, size, align }) => fitLine(cells[row] ?? [], size, align))),
    ),
  };
}

/** A table with its head, or nothing where it has no row. */
export function tableLines({ head, rows }: Table): Line[] {
  return rows.length > 0 ? [head, ...rows] : [];
}
