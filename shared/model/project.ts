import type { Job } from './job.ts';

/** Labels, tags and names that people and schedulers use for it, the plainest first. */
const LABELS = ['project', 'burnrate-project', 'burnrate.project', 'team', 'account', 'namespace'];

/**
 * The project that a job belongs to: its label or tag `project` (in any case), else its team, its
 * Slurm account, or its Kubernetes namespace. Undefined where nothing says it.
 */
export function projectOf({ labels }: Pick<Job, 'labels'>): string | undefined {
  const byName = new Map(Object.entries(labels).map(([name, text]) => [name.toLowerCase(), text]));
  return LABELS.map((name) => byName.get(name)?.trim()).find((text) => text);
}
