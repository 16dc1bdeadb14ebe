import { SourceError } from '../source.ts';
import { type EnabledRegions, turnsOf } from './regions.ts';

/** What one reading of the regions that were due showed. */
export interface RegionalReading<T> {
  fresh: T[];
  /** What was last seen where a region failed: no evidence of anything, but it has not gone. */
  unread: T[];
  failures: SourceError[];
}

/** Something that is read region by region. */
export interface Regional<T> {
  /** Reads the regions that are due. Rejects with a SourceError where none could be read. */
  refresh(signal: AbortSignal): Promise<RegionalReading<T>>;
  /** What the last reading of each region showed. */
  lastSeen(): T[];
}

/**
 * `read` adds to `failures` what it can do without, and rejects where it has no list. A service
 * that has no address in a region is not offered there, unless it has been seen there.
 */
export function regionalOf<T>({
  enabled,
  homeRegion,
  everywhere = false,
  homeEvery = 1,
  read,
}: {
  enabled: EnabledRegions;
  homeRegion: string;
  /** Every region has this service. */
  everywhere?: boolean;
  /** At every which refresh the profile's own region is read while it shows nothing. */
  homeEvery?: number;
  read: (region: string, signal: AbortSignal, failures: SourceError[]) => Promise<T[]>;
}): Regional<T> {
  const turns = turnsOf(enabled, homeRegion, homeEvery);
  const seen = new Map<string, T[]>();
  return {
    lastSeen: () => [...seen.values()].flat(),
    async refresh(signal) {
      const { regions, failure } = await turns.due(signal);
      const failures = failure ? [failure] : [];
      const fresh: T[] = [];
      const unread: T[] = [];
      let answered = 0;
      await Promise.all(
        regions.map(async (region) => {
          try {
            const found = await read(region, signal, failures);
            answered += 1;
            seen.set(region, found);
            turns.saw(region, found.length);
            fresh.push(...found);
          } catch (error) {
            if (!everywhere && isNotOffered(expected(error)) && !seen.get(region)?.length) {
              answered += 1;
              turns.saw(region, 0);
              return;
            }
            turns.failed(region, expected(error));
            failures.push(expected(error));
            unread.push(...(seen.get(region) ?? []));
          }
        }),
      );
      const [first] = failures;
      if (answered === 0 && regions.length > 0 && first) throw mostTelling(failures) ?? first;
      failures.push(...turns.barred(regions));
      return { fresh, unread, failures };
    },
  };
}

function isNotOffered({ kind, message }: SourceError): boolean {
  return kind === 'unreachable' && message.includes('ENOTFOUND');
}

/** Every call's failure is a SourceError; anything else is a mistake of ours and goes up. */
export function expected(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  throw error;
}

/** The failure whose remedy is to be done first: credentials and permissions before the rest. */
function mostTelling(failures: readonly SourceError[]): SourceError | undefined {
  const order = ['not-configured', 'denied', 'malformed', 'throttled', 'unreachable'] as const;
  return order
    .map((kind) => failures.find((failure) => failure.kind === kind))
    .find((failure) => failure !== undefined);
}
