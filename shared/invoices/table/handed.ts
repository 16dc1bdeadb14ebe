import type { InvoiceLine } from '../line.ts';
import { withTable } from './open.ts';
import type { Table } from './table.ts';

/** Takes lines as they come; resolves when more are wanted. */
export type Hand = (lines: InvoiceLine[]) => Promise<void>;

/**
 * The lines that are read of a file's table, some thousand at a time: what is handed over waits
 * until it is wanted. Whoever stops early ends the reading by an error, which is nobody's.
 */
export async function* handedFrom(
  path: string,
  read: (table: Table, hand: Hand) => Promise<void>,
): AsyncGenerator<InvoiceLine[]> {
  const { readable, writable } = new TransformStream<InvoiceLine[], InvoiceLine[]>();
  const writer = writable.getWriter();
  withTable(path, (table) => read(table, (lines) => writer.write(lines)))
    .then(
      () => writer.close(),
      (error: unknown) => writer.abort(error),
    )
    .catch(() => undefined);
  yield* readable;
}
