import type { JobView, Snapshot } from '../model/snapshot.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';

const MAX_CANDIDATES = 8;

/**
 * The job that a person means by its id, its provider's id, or its name; of several that go by one
 * name, the only one that runs. Throws PlainFailure, which lists the candidates, where that is none
 * or more than one.
 */
export function findJob(known: Known, wanted: string): JobView {
  const [job, ...others] = meantBy(known, wanted);
  if (!job) throw new PlainFailure(unknown(known, wanted), EXIT.usage);
  if (others.length > 0) throw new PlainFailure(ambiguous([job, ...others], wanted), EXIT.usage);
  return job;
}

/** Whether any job goes by that name. */
export function isKnown(known: Known, wanted: string): boolean {
  return meantBy(known, wanted).length > 0;
}

type Known = Pick<Snapshot, 'jobs' | 'accounts'>;

const NAMES: readonly ((job: JobView) => string)[] = [
  ({ id }) => id,
  ({ nativeId }) => nativeId,
  ({ name }) => name,
];

/** The jobs that go by the first kind of name by which any does; of those, what runs. */
function meantBy({ jobs }: Known, wanted: string): JobView[] {
  for (const names of NAMES) {
    const found = jobs.filter((job) => names(job) === wanted);
    const going = found.filter(({ state }) => state !== 'ended');
    if (found.length > 0) return going.length > 0 ? going : found;
  }
  return [];
}

function ambiguous(found: readonly JobView[], wanted: string): string {
  return `${found.length} jobs go by "${wanted}". Say which by its id: ${listed(found)}`;
}

function unknown({ jobs, accounts }: Known, wanted: string): string {
  const text = wanted.toLowerCase();
  const alike = jobs.filter(
    (job) => text !== '' && `${job.name} ${job.id}`.toLowerCase().includes(text),
  );
  if (alike.length > 0) return `No job goes by "${wanted}". Did you mean: ${listed(alike)}`;
  const silent = accounts
    .filter(({ state, capabilities }) => state !== 'ok' && capabilities.includes('jobs'))
    .map(({ title }) => title);
  if (silent.length > 0)
    return `No job goes by "${wanted}". Not all is known of ${silent.join(', ')}, though: \`burnrate doctor\` says why.`;
  return `No job goes by "${wanted}". \`burnrate jobs --all\` lists what there is.`;
}

function listed(jobs: readonly JobView[]): string {
  const shown = jobs.slice(0, MAX_CANDIDATES).map((job) => `${job.id} (${job.name})`);
  const more = jobs.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
