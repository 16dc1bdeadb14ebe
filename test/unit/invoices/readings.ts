import type {
  InvoiceBatch,
  InvoiceConnection,
  ReadRequest,
} from '@burnrate/shared/invoices/reader.ts';

/** Reads a bill, so often, and closes it; what is told is of the last time. */
export async function readAll(
  connection: InvoiceConnection,
  request: ReadRequest,
  times: number,
): Promise<{ batches: InvoiceBatch[]; error: unknown }> {
  let batches: InvoiceBatch[] = [];
  let error: unknown;
  for (let time = 0; time < times; time += 1) {
    batches = [];
    error = undefined;
    try {
      for await (const batch of connection.read(request)) batches.push(batch);
    } catch (thrown) {
      error = thrown;
    }
  }
  await connection.close?.();
  return { batches, error };
}
