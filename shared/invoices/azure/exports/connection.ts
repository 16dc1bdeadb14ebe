import { join } from 'node:path';
import type { Account } from '../../../model/account.ts';
import { check } from '../../../sources/check.ts';
import { SourceError, type Surroundings } from '../../../sources/source.ts';
import type { InvoiceBatch, InvoiceConnection, ReadRequest } from '../../reader.ts';
import { TableError } from '../../table/table.ts';
import { containerAt } from './container.ts';
import { editionsIn } from './delivered.ts';
import { folderAt } from './folder.ts';
import { linesIn } from './rows.ts';
import type { Settings } from './settings.ts';

/** An export of Azure's bill, where it is delivered. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  { place: where = '' }: Settings,
): InvoiceConnection {
  const place = /^https?:/.test(where)
    ? containerAt(where, account, surroundings)
    : folderAt(
        where.startsWith('~/') ? join(surroundings.homedir, where.slice(2)) : where,
        account.id,
      );

  async function* read({ since, known, signal }: ReadRequest): AsyncGenerator<InvoiceBatch> {
    for (const { part, span, version, asOf, files } of editionsIn(await place.list(signal))) {
      if (span.to <= since || known.get(part) === version) continue;
      const batch = (lines: InvoiceBatch['lines'], complete: boolean): InvoiceBatch => ({
        part,
        version,
        asOf,
        span,
        lines,
        complete,
      });
      for (const file of files) {
        signal.throwIfAborted();
        try {
          for await (const lines of place.withFile(file, signal, (path) => linesIn(path, asOf)))
            yield batch(lines, false);
        } catch (error) {
          if (!(error instanceof TableError)) throw error;
          throw new SourceError('malformed', {
            account: account.id,
            message: `${file}: ${error.message}`,
            remedy:
              'Have the export made anew as FOCUS, in CSV or Parquet. Where it was being replaced, Burnrate reads it again by itself.',
          });
        }
      }
      yield batch([], true);
    }
  }

  return {
    read,
    async diagnose(signal) {
      const tried = await check('invoices', account.name, async () => {
        const editions = editionsIn(await place.list(signal));
        if (editions.length > 0) return `${editions.length} months are at ${where}`;
        throw new SourceError('not-configured', {
          account: account.id,
          message: `${where}: no complete delivery of an export is there`,
          remedy:
            'Set invoices.azure-exports.place to the folder of the export, which holds one for each month. The first is delivered within a day.',
        });
      });
      return [{ ...tried, capability: 'connect' }, tried];
    },
    close: async () => place.close(),
  };
}
