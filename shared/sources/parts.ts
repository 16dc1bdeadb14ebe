import { type Observation, SourceError } from './source.ts';

/** The parts of one observation, each read for itself: one that fails does not cost the others. */
export class Parts {
  readonly failures: SourceError[] = [];

  /** The part, or undefined where it is not wanted or could not be read. */
  async read<T>(wanted: boolean, part: () => Promise<T>): Promise<T | undefined> {
    if (!wanted) return undefined;
    try {
      return await part();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.failures.push(error);
      return undefined;
    }
  }

  /** The observation with what failed of it; throws the first failure where nothing was read. */
  complete(observation: Observation): Observation {
    const { nodes, jobs, samples, quotes, leftovers } = observation;
    const [first] = this.failures;
    if (!first) return observation;
    if (!(nodes ?? jobs ?? samples ?? quotes ?? leftovers)) throw first;
    return { ...observation, partial: [...this.failures] };
  }
}
