import type { Job } from './job.ts';

/** Labels by which trackers and launchers call a run, the plainest first. */
const LABELS = [
  'run',
  'burnrate-run',
  'burnrate.run',
  'run-id',
  'run_id',
  'wandb-run',
  'wandb_run_id',
  'mlflow.run_id',
  'experiment',
];

/**
 * The run that a job belongs to: its label `run` (or what trackers call it), else its name. A job
 * that is launched again under one name, after a preemption or a crash, goes on with the same run.
 */
export function runOf({ labels, name }: Pick<Job, 'labels' | 'name'>): string {
  const byName = new Map(Object.entries(labels).map(([key, text]) => [key.toLowerCase(), text]));
  return LABELS.map((key) => byName.get(key)?.trim()).find((text) => text) ?? name;
}
