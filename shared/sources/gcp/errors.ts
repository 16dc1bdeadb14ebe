import { SourceError } from '../source.ts';
import type { Options } from './account.ts';
import type { Service } from './settings.ts';

/** Rates are refused with status 403 by the older APIs, Compute Engine's among them. */
export function throttles(status: number, words: string): boolean {
  return status === 403 && /(rate limit|quota) exceeded|exceeded.*(quota|rate)/i.test(words);
}

/** Google says of an API that no project has switched on: nothing of it can run there. */
const DISABLED = /has not been used in project (\S+) before or it is disabled/;

/** Whether the service is switched off in the very project that was asked for. */
export function isSwitchedOff(error: SourceError, { quotaProject, project }: Options): boolean {
  // With another project to charge requests to, it is that one's service that is off.
  return DISABLED.test(error.message) && (quotaProject ?? project) === project;
}

/** What to do where a token may not do what was asked. */
export function refusalRemedy(service: Service, words: string, options: Options): string {
  const { project, quotaProject } = options;
  const disabled = DISABLED.exec(words)?.[1];
  if (disabled)
    return `Switch the API on, or leave this project out: gcloud services enable ${service}.googleapis.com --project ${disabled}`;
  if (quotaProject && /serviceusage|user project|quota project/i.test(words))
    return `These credentials charge their requests to ${quotaProject}, which you may not: gcloud auth application-default set-quota-project ${project}`;
  const permission = /\b[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+\b/.exec(words)?.[0];
  const kind = /\.(stop|delete|cancel)$/.test(permission ?? '') ? 'Stop' : 'Read';
  return `Allow ${permission ?? 'this'} to this identity in ${project}. A role with all that is used: burnrate doctor --policy gcp/${kind.toLowerCase()} > role.yaml && gcloud iam roles create burnrate${kind} --project ${project} --file role.yaml`;
}

/** The failure itself; anything that is none is a mistake of ours and goes up. */
export function expected(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  throw error;
}

/** What several regions fail of in the same way is one failure. */
export function mergeFailures(failures: readonly SourceError[]): SourceError[] {
  return [...Map.groupBy(failures, ({ kind, remedy }) => `${kind} ${remedy}`).values()].flatMap(
    ([first]) => first ?? [],
  );
}
