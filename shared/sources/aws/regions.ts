import { DescribeRegionsCommand } from '@aws-sdk/client-ec2';
import { DAY } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Api } from './api.ts';
import { malformed } from './errors.ts';
import type { Settings } from './settings.ts';

/** A region without instances is read at every tenth observation. */
const QUIET_EVERY = 10;

/** Every region of the account that may be used. */
export type EnabledRegions = (signal: AbortSignal) => Promise<string[]>;

export function enabledRegionsOf(
  api: Api,
  settings: Settings,
  clock: Surroundings['clock'],
): EnabledRegions {
  let enabled: { regions: string[]; at: number } | undefined;
  return async (signal) => {
    if (settings.regions) return settings.regions;
    if (enabled && clock.now() - enabled.at < DAY) return enabled.regions;
    const attempt = api.attempt('ec2:DescribeRegions', api.homeRegion);
    const answer = await api.ask(attempt, signal, () =>
      // Without AllRegions, the answer holds the enabled ones.
      api.ec2(api.homeRegion).send(new DescribeRegionsCommand({}), { abortSignal: signal }),
    );
    if (!answer.Regions) throw malformed(attempt, 'the answer is not a list of regions');
    const regions = answer.Regions.flatMap(({ RegionName }) => RegionName ?? []).sort();
    enabled = { regions, at: clock.now() };
    return regions;
  };
}

/** Which regions of one service to read now. */
export interface Turns {
  /** The regions due at this observation, and what kept the list from being read. */
  due(signal: AbortSignal): Promise<{ regions: string[]; failure?: SourceError }>;
  /** Notes how many things a region showed. */
  saw(region: string, things: number): void;
  /** Notes that a region could not be read. One that is barred is treated as quiet. */
  failed(region: string, error: SourceError): void;
  /** The failures of barred regions that were not due, so that they do not come and go. */
  barred(read: readonly string[]): SourceError[];
}

/**
 * Keeps calls few at rest. All regions are read at first; from then on those that had an instance
 * (also one that ended within the hour), and the profile's own, each time. The others take turns,
 * so that each is read at every tenth observation: with a minute between them, an instance in a
 * region never used before is seen within ten minutes. `homeEvery`: at every which observation the
 * profile's own region is read while it is quiet.
 */
export function turnsOf(enabled: EnabledRegions, homeRegion: string, homeEvery = 1): Turns {
  let round = 0;
  const busy = new Set<string>();
  const readIn = new Map<string, number>();
  const bars = new Map<string, SourceError>();

  return {
    async due(signal) {
      let regions: string[];
      let failure: SourceError | undefined;
      try {
        regions = await enabled(signal);
      } catch (error) {
        // Without leave to list them, the profile's own region is still worth reading.
        if (!(error instanceof SourceError) || error.kind !== 'denied') throw error;
        failure = error;
        regions = [homeRegion];
      }
      round += 1;
      const due = regions.filter((region) => {
        const last = readIn.get(region);
        if (last === undefined || busy.has(region)) return true;
        return round - last >= (region === homeRegion ? homeEvery : QUIET_EVERY);
      });
      return { regions: due, ...(failure && { failure }) };
    },
    saw(region, things) {
      // The first turns are spread, lest every tenth observation read all regions in one burst.
      const spread = readIn.has(region) ? 0 : readIn.size % QUIET_EVERY;
      readIn.set(region, round - spread);
      bars.delete(region);
      if (things > 0) busy.add(region);
      else busy.delete(region);
    },
    failed(region, error) {
      if (error.kind !== 'denied') return;
      bars.set(region, error);
      busy.delete(region);
      readIn.set(region, round);
    },
    barred: (read) =>
      [...bars].filter(([region]) => !read.includes(region)).map(([, error]) => error),
  };
}
