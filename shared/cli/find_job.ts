import type { JobView } from '../model/snapshot.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';

const MAX_CANDIDATES = 8;

/**
 * The job that a person means by its id, its provider's id, or its name; of several that go by one
 * name, the only one that runs. Throws PlainFailure, which lists the candidates, where that is none
 * or more than one.
 */
export function findJob(jobs: readonly JobView[], wanted: string): JobView {
  const exact = jobs.find(({ id }) => id === wanted);
  if (exact) return exact;
  for (const names of [nativeId, name]) {
    const found = jobs.filter((job) => names(job) === wanted);
    const going = found.filter(({ state }) => state !== 'ended');
    const meant = going.length > 0 ? going : found;
    if (meant.length > 1) throw new PlainFailure(ambiguous(meant, wanted), EXIT.usage);
    if (meant[0]) return meant[0];
  }
  throw new PlainFailure(unknown(jobs, wanted), EXIT.usage);
}

const nativeId = (job: JobView) => job.nativeId;
const name = (job: JobView) => job.name;

function ambiguous(found: readonly JobView[], wanted: string): string {
  return `${found.length} jobs go by "${wanted}". Say which by its id: ${listed(found)}`;
}

function unknown(jobs: readonly JobView[], wanted: string): string {
  const text = wanted.toLowerCase();
  const alike = jobs.filter(
    (job) => text !== '' && `${job.name} ${job.id}`.toLowerCase().includes(text),
  );
  if (alike.length > 0) return `No job goes by "${wanted}". Did you mean: ${listed(alike)}`;
  return `No job goes by "${wanted}". \`burnrate jobs --all\` lists what there is.`;
}

function listed(jobs: readonly JobView[]): string {
  const shown = jobs.slice(0, MAX_CANDIDATES).map((job) => `${job.id} (${job.name})`);
  const more = jobs.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
