import { z } from 'zod';
import type { Interval } from '../../../model/time.ts';
import { SourceError } from '../../../sources/source.ts';
import type { Entry, Place } from './place.ts';

/** One month's edition of an export: what it is made of, and what tells it from other editions. */
export interface Edition {
  /** `2026-11` */
  month: string;
  span: Interval;
  /** By the manifest as it was found; another edition has another. */
  version: string;
  manifest: Entry;
  files: readonly string[];
}

/** The manifest of Data Exports, and that of the older report, which calls its files otherwise. */
const Manifest = z.object({
  dataFiles: z.array(z.string()).optional(),
  reportKeys: z.array(z.string()).optional(),
  bucket: z.string().optional(),
  compression: z.string().optional(),
});

/** `…/metadata/BILLING_PERIOD=2026-11/NAME-Manifest.json`, or `…/20261101-20261201/NAME-Manifest.json` */
const CURRENT = /(?:^|\/)BILLING_PERIOD=(\d{4})-(\d\d)\/(?:[^/]+\/)?[^/]*Manifest\.json$/i;
const OLDER = /(?:^|\/)(\d{4})(\d\d)01-\d{8}\/[^/]+-Manifest\.json$/i;

/**
 * The newest edition of each month. Where AWS is told to keep every edition, each has a manifest in
 * a folder of its own; where it overwrites, there is the one.
 */
export function manifestsIn(entries: readonly Entry[]): Map<string, Entry> {
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    const found = CURRENT.exec(entry.path) ?? OLDER.exec(entry.path);
    if (!found) continue;
    const month = `${found[1]}-${found[2]}`;
    const known = newest.get(month);
    if (!known || entry.modifiedAt > known.modifiedAt) newest.set(month, entry);
  }
  return newest;
}

export function monthSpan(month: string): Interval {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return { from: Date.UTC(year, number - 1), to: Date.UTC(year, number) };
}

/** What the manifest says. A SourceError where it says nothing that can be read. */
export async function editionOf(
  place: Place,
  month: string,
  manifest: Entry,
  account: string,
  signal: AbortSignal,
): Promise<Edition> {
  const text = await place.text(manifest.path, signal);
  const parsed = Manifest.safeParse(jsonIn(text));
  const files = parsed.data?.dataFiles ?? parsed.data?.reportKeys;
  const refuse = (happened: string, remedy: string) =>
    new SourceError('malformed', {
      account,
      message: `${place.name}, ${manifest.path}: ${happened}`,
      remedy,
    });
  if (!files || files.length === 0)
    throw refuse(
      'it names no files of data',
      'Set invoices.aws-data-export.path to the folder of one export, which holds data/ and metadata/.',
    );
  if (parsed.data?.compression === 'ZIP')
    throw refuse('the report is zipped', 'Have it delivered as GZIP or Parquet.');
  return { month, span: monthSpan(month), version: manifest.version, manifest, files };
}

function jsonIn(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
