import { type Named, namedBy, namedByKeys, type Part, partAt } from '../config/keys.ts';
import { matcherOf } from '../model/pattern.ts';
import { projectOf } from '../model/project.ts';
import { addFigures } from '../model/rate.ts';
import type { AccountView, JobView } from '../model/snapshot.ts';
import { formatDuration } from '../model/time.ts';
import { budgetFacts, listed, sumOf } from './budget_facts.ts';
import type { ConfigPlace } from './config_place.ts';
import type { LanguageScene } from './features.ts';
import { inMarkdown } from './words.ts';

/** Keys of a budget that set its ceiling: how far that is spent is said there, too. */
const CEILING = /^per[A-Z]/;

/**
 * What the collector knows now of what a word of burnrate.yaml names, in Markdown: how an account
 * answers and what runs there costs, which jobs a pattern means, how far a budget is spent.
 * `budget` is the name of the budget that the word is a part of. Undefined where it names nothing.
 */
export function factsOf(
  place: ConfigPlace,
  schema: Part,
  scene: LanguageScene,
  budget: string | undefined,
): string | undefined {
  const { path, role, text } = place;
  const [section, id] = path;
  if (section === 'sources') {
    if (role === 'key' && path.length === 2) {
      const accounts = scene.accounts.filter(({ source }) => source === id);
      return accounts.length > 0
        ? accounts.map((one) => accountFacts(one, scene)).join('\n\n')
        : 'No account of it is found.';
    }
    const account = scene.accounts.find(({ source, name }) => source === id && name === text);
    if (account) return accountFacts(account, scene);
  }
  const named = nameAt(place, schema);
  const isCeiling = role === 'key' && CEILING.test(String(path.at(-1)));
  if (budget !== undefined && (isCeiling || named === 'budget')) return budgetFacts(budget, scene);
  return named && role === 'value' ? jobFacts(named, text, scene) : undefined;
}

function nameAt({ path, role }: ConfigPlace, schema: Part): Named | undefined {
  const above = role === 'key' ? partAt(schema, path.slice(0, -1)) : undefined;
  const part = partAt(schema, path);
  return (part && namedBy(part)) ?? (above && namedByKeys(above));
}

function accountFacts(account: AccountView, scene: LanguageScene): string {
  const { id, title, state, failure, lastSuccessAt } = account;
  const last =
    lastSuccessAt === undefined
      ? 'has never answered'
      : `answered ${formatDuration(scene.market.now - lastSuccessAt)} ago`;
  const standing = state === 'ok' ? last : `**${state}**: it ${last}`;
  const rate = addFigures([
    ...scene.jobs.filter((job) => job.mine && job.account === id).map((job) => job.rate),
    ...scene.market.nodes
      .filter((node) => node.mine && node.account === id)
      .map((node) => node.idle),
  ]);
  const lines = [`**${inMarkdown(title)}** ${standing} · yours there: ${sumOf(rate, '/h')} now`];
  if (failure) lines.push(inMarkdown(failure.message), inMarkdown(failure.remedy));
  return lines.join('\n\n');
}

/** The jobs that a pattern means: by their names, their owner, or their project. */
function jobFacts(named: Named, pattern: string, { jobs }: LanguageScene): string | undefined {
  const textOf = TEXTS[named];
  if (!textOf) return undefined;
  const isMeant = matcherOf(pattern);
  const running = jobs.filter((job) => {
    const text = job.state === 'running' ? textOf(job) : undefined;
    return text !== undefined && isMeant(text);
  });
  if (running.length === 0) return 'No job that runs now is meant by it.';
  const rate = addFigures(running.map((job) => job.rate));
  const count = running.length === 1 ? '1 job' : `${running.length} jobs`;
  return `It means ${count} that run now, ${sumOf(rate, '/h')}:\n\n${listed(running, (job) => sumOf(job.rate, '/h'))}`;
}

const TEXTS: Partial<Record<Named, (job: JobView) => string | undefined>> = {
  job: ({ name, mine }) => (mine ? name : undefined),
  owner: ({ owner }) => owner,
  project: (job) => (job.mine ? projectOf(job) : undefined),
};
