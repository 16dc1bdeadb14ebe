import type { Announcement } from '@burnrate/shared/faces/announcer.ts';
import { oneLine } from '@burnrate/shared/model/text.ts';
import type { Deed } from './deed.ts';

/** An alert as the operating system shows it. */
export interface Notice {
  title: string;
  body: string;
  urgency: 'normal' | 'critical';
  /** What a click on it does. */
  click: Deed;
  /** Its buttons, where the system shows any (macOS and Windows); a click does for the others. */
  buttons: { text: string; does: Deed }[];
}

export function noticeOf({ alerts, title, body, stoppable }: Announcement): Notice {
  const [alert, ...others] = alerts;
  const one = others.length === 0 && alert.subjectKind === 'job';
  const job = one ? alert.subject : undefined;
  const buttons: Notice['buttons'] = [];
  const stops = alerts.filter((announced) => announced.stops).map(({ id }) => id);
  if (stops.length > 0) {
    buttons.push({ text: 'Keep running', does: { type: 'keep', alertIds: stops } });
  }
  if (stoppable && job !== undefined) {
    buttons.push({ text: 'Stop job…', does: { type: 'stop', jobId: job } });
  }
  const all = alerts.map(({ id }) => id);
  buttons.push({ text: 'Snooze for 1 h', does: { type: 'snooze', alertIds: all } });
  return {
    title: oneLine(title),
    body: oneLine(body, 240),
    urgency: alert.severity === 'critical' ? 'critical' : 'normal',
    click: { type: 'show', ...(job !== undefined && { jobId: job }) },
    buttons,
  };
}
