import type { Stop } from '@burnrate/shared/model/stop.ts';
import { ProgressLocation, window, workspace } from 'vscode';
import { followStop } from './follow_stop.ts';
import { t } from './l10n.ts';
import {
  type ConfirmStop,
  confirmedSentence,
  failedSentence,
  needsConfirmation,
  type Question,
  questionOf,
} from './plan_words.ts';
import type { Session } from './session.ts';
import { inMessage } from './text.ts';

export interface StopOptions {
  jobId: string;
  /** What the person has just read of this stop. */
  said?: string | undefined;
  /** Aborted when the window closes. */
  signal: AbortSignal;
}

/**
 * Stops a job: says what will be lost and asks where the settings want that, and follows the stop
 * until the provider confirms it. Rejects where it could not be planned or sent.
 */
export async function stopJob(session: Session, options: StopOptions): Promise<void> {
  const { jobId, said, signal } = options;
  const { link } = session;
  const job = session.latest?.jobs.find(({ id }) => id === jobId);
  const title = t('Stopping {0}', inMessage(job?.name ?? jobId, 60));
  const plan = await inProgress(title, () => link.request('planStop', { jobId }));
  if (needsConfirmation(plan, confirmStop(), said) && !(await agreedTo(questionOf(plan, job))))
    return;
  const ended = await inProgress(title, async (say) => {
    say(inMessage(plan.action, 120));
    const stop = await link.request('stop', { jobId, action: plan.action });
    say(stepWord(stop));
    return followStop(link, stop, (step) => say(stepWord(step)), signal);
  });
  if (ended.state === 'confirmed') void window.showInformationMessage(confirmedSentence(ended));
  else await tellFailure(session, ended, signal);
}

/** When the person wants to be asked. */
export function confirmStop(): ConfirmStop {
  return workspace.getConfiguration('burnrate').get<ConfirmStop>('confirmStop', 'irreversible');
}

async function agreedTo({ title, detail }: Question): Promise<boolean> {
  const yes = t('Stop job');
  return (await window.showWarningMessage(title, { modal: true, detail }, yes)) === yes;
}

async function tellFailure(session: Session, stop: Stop, signal: AbortSignal): Promise<void> {
  const again = t('Try again');
  const dismiss = t('Dismiss');
  const answer = await window.showErrorMessage(failedSentence(stop), again, dismiss);
  if (answer === again) await stopJob(session, { jobId: stop.jobId, signal });
  else if (answer === dismiss) await session.link.request('dismissStop', { id: stop.id });
}

function stepWord({ state }: Stop): string {
  if (state === 'sent') return t('accepted; waiting until it has ended');
  return state === 'requested' ? t('asked for') : '';
}

function inProgress<T>(title: string, work: (say: (message: string) => void) => Promise<T>) {
  return window.withProgress({ location: ProgressLocation.Notification, title }, (progress) =>
    work((message) => progress.report({ message })),
  );
}
