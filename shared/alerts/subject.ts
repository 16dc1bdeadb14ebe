import type { Evidence } from '../model/alert.ts';
import { formatMoney } from '../model/money.ts';
import type { JobView } from '../model/snapshot.ts';

/** Whether the rules on GPUs look at a job: mine, running, and with GPUs. */
export function isWatched(job: JobView): boolean {
  return job.mine && job.state === 'running' && job.gpus > 0;
}

/** `$32.77/h` */
export function hourly({ rate }: JobView): string {
  return `${formatMoney(rate.micros)}/h`;
}

/** What the job costs, as evidence. */
export function rateEvidence(job: JobView): Evidence {
  return { label: 'rate', value: `${hourly(job)} (${job.rate.provenance ?? 'price unknown'})` };
}

/** `18%` */
export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** `Its GPU has`, `Its 8 GPUs have`: the beginning of a sentence with the verb in its number. */
export function itsGpus(job: JobView, singular: string, plural: string): string {
  return job.gpus === 1 ? `Its GPU ${singular}` : `Its ${job.gpus} GPUs ${plural}`;
}
