import { openCollector } from './collector.ts';
import { Effort } from './effort.ts';
import { liveAsCollector } from './life.ts';
import { chosenSources } from './registry.ts';

/** Lives as the collector with the user's sources, until nobody needs it; the exit code. */
export async function runCollector(): Promise<number> {
  const effort = new Effort();
  return await liveAsCollector((life) =>
    openCollector({ ...life, ticked: () => effort.look() }, chosenSources(life.env)),
  );
}
