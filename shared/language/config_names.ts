import type { Named, Path } from '../config/keys.ts';
import { projectOf } from '../model/project.ts';
import type { JobView } from '../model/snapshot.ts';
import type { KnownName } from './config_completion.ts';
import type { LanguageScene } from './features.ts';

/** More names than this are no help to choose from. */
const MOST_NAMES = 100;

/** What the collector knows by name, of what a text at that place can name. */
export function knownNames(named: Named, path: Path, scene: LanguageScene): KnownName[] {
  return [...namesOf(named, path, scene)]
    .slice(0, MOST_NAMES)
    .map(([name, detail]) => ({ name, detail }));
}

function namesOf(named: Named, path: Path, scene: LanguageScene): Map<string, string> {
  switch (named) {
    case 'account':
      return new Map(
        scene.accounts
          .filter(({ source }) => source === path[1])
          .map(({ name, foundIn }) => [name, foundIn]),
      );
    case 'job':
      return counted(scene.jobs, ({ mine, name }) => (mine ? name : undefined));
    case 'owner':
      return counted(scene.jobs, ({ owner }) => owner);
    case 'project':
      return counted(scene.jobs, projectOf);
    case 'partition':
      return new Map(
        scene.market.nodes
          .filter(({ source }) => source === path[1])
          .flatMap(({ labels }) => labels.partition?.split(',') ?? [])
          .map((name) => [name, 'a partition']),
      );
    case 'budget':
      return new Map();
  }
}

/** Each name that jobs have, and how many have it. */
function counted(
  jobs: readonly JobView[],
  nameOf: (job: JobView) => string | undefined,
): Map<string, string> {
  const groups = Map.groupBy(jobs, nameOf);
  return new Map(
    [...groups].flatMap(([name, { length }]): [string, string][] =>
      name === undefined ? [] : [[name, length === 1 ? '1 job' : `${length} jobs`]],
    ),
  );
}
