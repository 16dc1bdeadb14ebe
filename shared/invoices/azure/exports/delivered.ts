import type { Instant, Interval } from '../../../model/time.ts';
import { DAY } from '../../../model/time.ts';

/** A file where exports are delivered. */
export interface Delivered {
  /** Its path below the place, with `/`. */
  path: string;
  /** Changes whenever the file does. */
  version: string;
  modifiedAt: Instant;
}

/** The newest delivery of one month of one export. */
export interface Edition {
  /** `exports/daily/20261101-20261130` */
  part: string;
  span: Interval;
  version: string;
  asOf: Instant;
  files: readonly string[];
}

/** `EXPORT/20261101-20261130/RUN/part_0_0001.csv`, with or without folders for the run. */
const FILE = /^(?<part>(?:.*\/)?(?<from>\d{8})-(?<to>\d{8}))\/(?<run>(?:.*\/)?)(?<name>[^/]+)$/;

/**
 * The newest complete delivery of each month: Azure writes the manifest once all of a run's files
 * are there. An export that does not overwrite leaves every run in a folder of its own.
 */
export function editionsIn(delivered: readonly Delivered[]): Edition[] {
  const found = delivered.flatMap((file) => {
    const { groups } = FILE.exec(file.path) ?? {};
    return groups
      ? { file, ...(groups as Record<'part' | 'from' | 'to' | 'run' | 'name', string>) }
      : [];
  });
  const months = [...Map.groupBy(found, ({ part }) => part)];
  return months.flatMap(([part, all]): Edition[] => {
    const runs = [...Map.groupBy(all, ({ run }) => run).values()];
    const complete = runs.flatMap((files) => {
      const manifest = files.find(({ name }) => name === 'manifest.json');
      return manifest ? { files, asOf: manifest.file.modifiedAt } : [];
    });
    const [newest] = complete.sort((a, b) => b.asOf - a.asOf);
    const data = newest?.files.filter(({ name }) => /\.(csv|csv\.gz|parquet)$/i.test(name)) ?? [];
    const [first] = data;
    if (!newest || !first) return [];
    return [
      {
        part,
        span: { from: dayOf(first.from), to: dayOf(first.to) + DAY },
        version: data
          .map(({ file }) => file.version)
          .sort()
          .join(' '),
        asOf: newest.asOf,
        files: data.map(({ file }) => file.path),
      },
    ];
  });
}

function dayOf(text: string): Instant {
  return Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T00:00:00Z`);
}
