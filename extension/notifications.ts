import { type Announcement, announceAlerts, SNOOZE_MS } from '@burnrate/shared/faces/announcer.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { StopPlan } from '@burnrate/shared/model/stop.ts';
import { commands, type Disposable, type LogOutputChannel, window } from 'vscode';
import { t } from './l10n.ts';
import { offerSentence } from './plan_words.ts';
import type { Session } from './session.ts';
import { confirmStop } from './stop_job.ts';
import { inMessage } from './text.ts';

/** A notification does not wait longer for what a stop would do; it is said again before it is done. */
const PLAN_PATIENCE_MS = 2_000;

const SHOWN_AS: Record<
  Alert['severity'],
  (text: string, ...buttons: string[]) => Thenable<string | undefined>
> = {
  critical: (text, ...buttons) => window.showErrorMessage(text, ...buttons),
  warning: (text, ...buttons) => window.showWarningMessage(text, ...buttons),
  info: (text, ...buttons) => window.showInformationMessage(text, ...buttons),
};

/** Shows each alert once, whatever faces are open, with what can be done about it. */
export function showAlerts(session: Session, log: LogOutputChannel): Disposable {
  const onError = (error: unknown) => log.error('an alert could not be shown', String(error));
  const end = announceAlerts(
    session.link,
    (announcement) => void announce(session, announcement).catch(onError),
    onError,
  );
  return { dispose: end };
}

async function announce(session: Session, announcement: Announcement): Promise<void> {
  const { alerts, title, body, stoppable } = announcement;
  const [alert, ...others] = alerts;
  const [stop, snooze, show, keep] = [t('Stop job'), t('Snooze'), t('Show'), t('Keep running')];
  const plan = stoppable ? await planOf(session, alert.subject) : undefined;
  const offer = plan && offerSentence(plan, confirmStop());
  const message = [inMessage(`${title}. ${body}`), ...(offer ? [offer] : [])].join(' ');
  const stops = alerts.filter((one) => one.stops);
  const buttons = [...(stops.length > 0 ? [keep] : []), ...(stoppable ? [stop] : []), snooze, show];
  const answer = await SHOWN_AS[alert.severity](message, ...buttons);
  const one = others.length === 0 && alert.subjectKind === 'job';
  const jobId = one ? alert.subject : undefined;
  if (answer === stop) await commands.executeCommand('burnrate.stopJob', { jobId, said: offer });
  if (answer === show) await commands.executeCommand('burnrate.showPanel', { jobId });
  if (answer === keep) {
    for (const { id } of stops) await session.link.request('acknowledgeAlert', { id });
  }
  if (answer === snooze) {
    for (const { id } of alerts)
      await session.link.request('snoozeAlert', { id, forMs: SNOOZE_MS });
  }
}

/** What the stop would do; undefined where that is not known soon. */
async function planOf({ link }: Session, jobId: string): Promise<StopPlan | undefined> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), PLAN_PATIENCE_MS);
  });
  const plan = link.request('planStop', { jobId }).catch(() => {
    // The button is still right to offer: the stop itself then says why it cannot be planned.
    return undefined;
  });
  return Promise.race([plan, late]);
}
