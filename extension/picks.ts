import { jobLine } from '@burnrate/shared/faces/readout.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { oneLine } from '@burnrate/shared/model/text.ts';
import { env, window } from 'vscode';
import { loudAlerts } from './job_tree.ts';
import { t } from './l10n.ts';

/** Lets a person choose a job that can be stopped, the dearest first; undefined where none is. */
export async function pickStoppable(snapshot: Snapshot | undefined): Promise<string | undefined> {
  const jobs = (snapshot?.jobs ?? [])
    .filter((job) => job.stoppable && job.state !== 'ended')
    .toSorted((a, b) => b.rate.micros - a.rate.micros);
  if (jobs.length === 0) {
    void window.showInformationMessage(t('There is no job that Burnrate could stop.'));
    return undefined;
  }
  const items = jobs.map((job) => ({
    label: oneLine(job.name),
    description: jobLine(job, env.language),
    detail: oneLine(`${job.account} · ${job.nativeId}`),
    id: job.id,
  }));
  const picked = await window.showQuickPick(items, {
    title: t('Stop a job'),
    placeHolder: t('What stopping it would do is said before it is done'),
    matchOnDetail: true,
  });
  return picked?.id;
}

/** The alert to act on: the only one, or the one that a person chooses. */
export async function pickAlert(
  snapshot: Snapshot | undefined,
  title: string,
): Promise<Alert | undefined> {
  const alerts = snapshot ? loudAlerts(snapshot) : [];
  if (alerts.length === 0) {
    void window.showInformationMessage(t('No alert is firing.'));
    return undefined;
  }
  if (alerts.length === 1) return alerts[0];
  const items = alerts.map((alert) => ({
    label: oneLine(alert.title, 120),
    detail: oneLine(alert.detail, 200),
    alert,
  }));
  return (await window.showQuickPick(items, { title }))?.alert;
}
