import { withProvenance } from '@burnrate/shared/faces/readout.ts';
import type { JobView } from '@burnrate/shared/model/snapshot.ts';
import type { Stop, StopPlan } from '@burnrate/shared/model/stop.ts';
import { oneLine } from '@burnrate/shared/model/text.ts';
import type { CollectorLink } from '@burnrate/shared/protocol/protocol.ts';

/** What the main process asks in a message box. Button 0 is always the safe one. */
export interface Box {
  type: 'info' | 'warning' | 'error';
  message: string;
  detail: string;
  buttons: string[];
}

/** Shows a box; answers the index of the button, 0 where it was closed. */
export type Ask = (box: Box) => Promise<number>;

/**
 * Asks what a stop would do, says it, and stops the job if the person agrees. Answers the stop, or
 * undefined where there is none; every failure has then been shown.
 */
export async function stopJob(
  link: CollectorLink,
  job: Pick<JobView, 'id' | 'name'> & Partial<Pick<JobView, 'rate'>>,
  ask: Ask,
): Promise<Stop | undefined> {
  try {
    const plan = await link.request('planStop', { jobId: job.id });
    if ((await ask(questionBox(job, plan))) !== 1) return undefined;
    return await link.request('stop', { jobId: job.id, action: plan.action });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const again = await ask(failureBox(job.name, why, undefined));
    return again === 1 ? stopJob(link, job, ask) : undefined;
  }
}

/** What will be done, what is lost, what is kept, and how one would do it by hand. */
export function questionBox(
  job: Pick<JobView, 'name'> & Partial<Pick<JobView, 'rate'>>,
  plan: StopPlan,
): Box {
  const lost = plan.loses.length > 0 ? plan.loses : ['nothing'];
  const lines = [
    plan.action,
    ...listed('Lost for good:', lost),
    ...listed('Kept, and may go on costing money:', plan.keeps),
    ...(job.rate && job.rate.micros > 0 ? ['', `Saves ${withProvenance(job.rate)} per hour.`] : []),
    '',
    ...(plan.reversible ? ['It can be started again.'] : []),
    `The same by hand: ${plan.equivalent}`,
  ];
  return {
    type: 'warning',
    message: `Stop ${oneLine(job.name)}?`,
    detail: lines.map((line) => oneLine(line, 300)).join('\n'),
    buttons: ['Keep running', 'Stop job'],
  };
}

/** A stop that did not work, with the reason and the remedy where one is known. */
export function failureBox(name: string, why: string, remedy: string | undefined): Box {
  return {
    type: 'error',
    message: `Stopping ${oneLine(name)} failed`,
    detail: [why, remedy, 'The job may still run and cost money.']
      .filter((line) => line !== undefined)
      .map((line) => oneLine(line, 600))
      .join('\n\n'),
    buttons: ['Close', 'Try again…'],
  };
}

function listed(heading: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', heading, ...items.map((item) => `• ${item}`)];
}
