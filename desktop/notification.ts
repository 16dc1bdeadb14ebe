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

export function noticeOf({ alert, title, body, stoppable }: Announcement): Notice {
  const job = alert.subjectKind === 'job' ? alert.subject : undefined;
  const buttons: Notice['buttons'] = [];
  if (alert.stops) {
    buttons.push({ text: 'Keep running', does: { type: 'keep', alertId: alert.id } });
  }
  if (stoppable && job !== undefined) {
    buttons.push({ text: 'Stop job…', does: { type: 'stop', jobId: job } });
  }
  buttons.push({ text: 'Snooze for 1 h', does: { type: 'snooze', alertId: alert.id } });
  return {
    title: oneLine(title),
    body: oneLine(body, 240),
    urgency: alert.severity === 'critical' ? 'critical' : 'normal',
    click: { type: 'show', ...(job !== undefined && { jobId: job }) },
    buttons,
  };
}
