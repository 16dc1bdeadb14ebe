import { join } from 'node:path';
import type { Account } from '../../../model/account.ts';
import { DAY, type Instant } from '../../../model/time.ts';
import { check } from '../../../sources/check.ts';
import { SourceError, type Surroundings } from '../../../sources/source.ts';
import type { InvoiceBatch, InvoiceConnection, ReadRequest } from '../../reader.ts';
import { TableError } from '../../table/table.ts';
import { bucketAt, replaced } from './bucket.ts';
import { folderAt } from './folder.ts';
import { type Edition, editionOf, manifestsIn, monthSpan } from './manifest.ts';
import type { Place } from './place.ts';
import { linesIn, type Reading } from './rows.ts';
import type { Settings } from './settings.ts';

/** AWS changes a month's export for two weeks after its end. */
const CLOSED_MS = 15 * DAY;

/** One export, where it is delivered. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): InvoiceConnection {
  const { clock, homedir } = surroundings;
  const place = placeOf(account, surroundings, settings, homedir);
  const numbers = (account.options.accountNumbers ?? []) as string[];

  async function* read(request: ReadRequest): AsyncGenerator<InvoiceBatch> {
    const { since, known, signal } = request;
    const manifests = [...manifestsIn(await place.list(signal))].sort(([a], [b]) =>
      a < b ? -1 : 1,
    );
    for (const [month, manifest] of manifests) {
      if (monthSpan(month).to <= since || known.get(month) === manifest.version) continue;
      const edition = await editionOf(place, month, manifest, account.id, signal);
      yield* readEdition(edition, signal);
    }
  }

  async function* readEdition(edition: Edition, signal: AbortSignal): AsyncGenerator<InvoiceBatch> {
    const { month, span, version, manifest, files } = edition;
    const batch = (lines: InvoiceBatch['lines'], complete: boolean): InvoiceBatch => ({
      part: month,
      version,
      asOf: manifest.modifiedAt,
      span,
      lines,
      complete,
    });
    const reading: Reading = {
      span,
      asOf: manifest.modifiedAt,
      closed: isClosed(span.to, clock.now()),
      // Where it is not known which accounts are watched, all lines are wanted.
      ...(!settings.allAccounts && numbers.length > 0 && { accounts: new Set(numbers) }),
    };
    for (const file of files) {
      for await (const lines of readFile(file, reading, signal)) yield batch(lines, false);
    }
    await stillCurrent(edition, signal);
    yield batch([], true);
  }

  async function* readFile(file: string, reading: Reading, signal: AbortSignal) {
    const local = await place.fetch(file, signal);
    try {
      yield* linesIn(local.path, reading);
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      throw new SourceError('malformed', {
        account: account.id,
        message: `${file}: ${error.message}`,
        remedy:
          'Have the export deliver CUR 2.0 or FOCUS as Parquet or gzip, with the columns of its standard query. Where it was being replaced, Burnrate reads it again by itself.',
      });
    } finally {
      await local.release();
    }
  }

  /** Files that are overwritten while they are read are of two editions: neither is kept then. */
  async function stillCurrent({ month, version, manifest }: Edition, signal: AbortSignal) {
    const now = manifestsIn(await place.list(signal)).get(month);
    if (now?.version !== version) throw replaced(account.id, manifest.path);
  }

  return {
    read,
    async diagnose(signal) {
      return [
        await check('invoices', account.name, async () => {
          const months = [...manifestsIn(await place.list(signal))].sort(([a], [b]) =>
            a < b ? 1 : -1,
          );
          const [newest] = months;
          if (!newest)
            throw new SourceError('not-configured', {
              account: account.id,
              message: `${place.name}: no manifest of an export is there`,
              remedy:
                'Set invoices.aws-data-export.path to the folder of the export, which holds data/ and metadata/. A new export is delivered within a day.',
            });
          const [month, manifest] = newest;
          await editionOf(place, month, manifest, account.id, signal);
          return `may read ${place.name}: ${months.length} ${months.length === 1 ? 'month' : 'months'}, the newest is ${month}`;
        }),
      ];
    },
    close: async () => place.close(),
  };
}

function placeOf(
  account: Account,
  surroundings: Surroundings,
  { path = '', region }: Settings,
  homedir: string,
): Place {
  if (path.startsWith('s3://')) return bucketAt(path, account, surroundings, region);
  return folderAt(path.startsWith('~/') ? join(homedir, path.slice(2)) : path, account.id);
}

function isClosed(end: Instant, now: Instant): boolean {
  return now >= end + CLOSED_MS;
}
